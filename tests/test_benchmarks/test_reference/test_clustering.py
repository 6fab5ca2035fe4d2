"""The literal clustering against the labels that the authors' code gave.

Golden labels were made by another version of scikit-learn. Planted parts must agree
exactly in any version; features of photos have near ties, which another version may
break otherwise: there the sums of squared distances must agree.
"""

import numpy as np
import pytest

from benchmarks.reference.clustering import label_crop, label_crops


@pytest.fixture
def golden(golden_dir, request):
    with np.load(golden_dir / f"semantic_parts_{request.param}.npz") as file:
        found = dict(file)
    # Photos are stored in half precision to save space, and were clustered in single.
    return {**found, "features": found["features"].astype(np.float32)}


def inertia(tokens, labels):
    """Squared distances of tokens (L, C) to the mean of their label."""
    groups = [tokens[labels == label].astype(float) for label in np.unique(labels)]
    return sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups)


@pytest.mark.parametrize(
    "golden", ["planted_8x4_n3", "planted_16x8_n4", "planted_8x4_n2"], indirect=True
)
def test_planted_parts_agree_exactly(golden):
    labels, kept = label_crops(golden["features"], int(golden["parts"]))
    assert kept.tolist() == golden["kept"].tolist()
    assert np.array_equal(labels, golden["labels"])
    assert np.array_equal(labels > 0, golden["foreground"][kept] > 0)


@pytest.mark.parametrize("golden", ["photo_8x4_n3", "photo_16x8_n5"], indirect=True)
def test_parts_of_photos_are_as_compact(golden):
    labels, kept = label_crops(golden["features"], int(golden["parts"]))
    assert kept.tolist() == golden["kept"].tolist()
    for found, index, expected in zip(labels, kept, golden["inertia"], strict=True):
        feature, foreground = golden["features"][index], found > 0
        norms = np.linalg.norm(feature.astype(float), axis=0).reshape(-1, 1)
        split = inertia(norms, foreground.ravel())
        assert split == pytest.approx(golden["foreground_inertia"][index], rel=1e-4)
        if np.array_equal(foreground, golden["foreground"][index] > 0):
            parts = inertia(feature[:, foreground].T, found[foreground])
            assert parts == pytest.approx(expected, rel=0.01)


def test_half_of_the_tokens_is_not_enough():
    rng = np.random.default_rng(0)
    feature = rng.normal(size=(6, 8, 4)).astype(np.float32)
    feature /= np.linalg.norm(feature, axis=0)
    feature[:, :4] *= 5  # 16 of 32 tokens
    assert label_crop(feature, 3) is None
    feature[:, 4, 0] *= 5
    labels = label_crop(feature, 3)
    assert (labels > 0).sum() == 17
    rows = [np.nonzero(labels == part)[0].mean() for part in (1, 2, 3)]
    assert rows == sorted(rows)


def test_no_crop_is_kept():
    labels, kept = label_crops(np.zeros((0, 6, 8, 4), np.float32))
    assert labels.shape == (0, 8, 4)
    assert kept.shape == (0,)
