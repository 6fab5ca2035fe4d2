import functools

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from solider_mm.evaluation.reid.ranking import evaluate_ranking
from solider_mm.evaluation.reid.reranking import (
    KReciprocalReranker,
    k_reciprocal_rerank,
)


def unit(features):
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def naive_rerank(query, gallery, k1, k2, share):
    """Naive implementation, image by image, in float64."""
    points = np.concatenate([query, gallery]).astype(np.float64)
    distance = cdist(points, points, "sqeuclidean")
    distance /= distance.max(axis=1, keepdims=True)
    nearest = np.argsort(distance, axis=1)
    order = nearest[:, : k1 + 1].tolist()

    @functools.cache
    def reciprocal(image, k):
        return {j for j in order[image][: k + 1] if image in order[j][: k + 1]}

    encoding = np.zeros_like(distance)
    for image in range(len(points)):
        known = reciprocal(image, k1)
        members = set(known)
        for other in known:
            theirs = reciprocal(other, round(k1 / 2))
            if len(theirs & known) > 2 / 3 * len(theirs):
                members |= theirs
        members = sorted(members)
        weights = np.exp(-distance[image, members])
        encoding[image, members] = weights / weights.sum()
    encoding = np.stack([encoding[near[:k2]].mean(axis=0) for near in nearest])
    size = len(query)
    shared = np.stack(
        [np.minimum(row, encoding[size:]).sum(axis=1) for row in encoding[:size]]
    )
    jaccard = 1 - shared / (2 - shared)
    return (1 - share) * jaccard + share * distance[:size, size:]


def people(rng, num_images, num_people=12, noise=0.8, dims=16):
    centers = np.random.default_rng(99).standard_normal((num_people, dims))
    who = rng.integers(0, num_people, num_images)
    return centers[who] + noise * rng.standard_normal((num_images, dims))


class TestAgainstNaive:
    @pytest.mark.parametrize(
        ("k1", "k2", "share"), [(20, 6, 0.3), (7, 1, 0.0), (5, 9, 1.0), (3, 2, 0.5)]
    )
    def test_float64_matches_naive(self, k1, k2, share):
        rng = np.random.default_rng(k1)
        query, gallery = people(rng, 30), people(rng, 170)
        result = k_reciprocal_rerank(query, gallery, k1, k2, share)
        assert result.dtype == np.float64
        expected = naive_rerank(query, gallery, k1, k2, share)
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-12)

    def test_float32_is_computed_in_float64(self):
        rng = np.random.default_rng(0)
        query, gallery = (people(rng, n).astype(np.float32) for n in (30, 170))
        result = k_reciprocal_rerank(query, gallery)
        assert result.dtype == np.float32
        expected = naive_rerank(query, gallery, 20, 6, 0.3)
        np.testing.assert_allclose(result, expected, rtol=1e-6)

    @pytest.mark.parametrize("outlier", [0.0, 1e5])
    def test_differences_below_float32_resolution(self, outlier):
        """Features far from the origin, without and with an outlier."""
        rng = np.random.default_rng(8)
        query, gallery = people(rng, 30) + 1e3, people(rng, 170) + 1e3
        gallery[5] += outlier
        expected = naive_rerank(query, gallery, 20, 6, 0.3)
        result = k_reciprocal_rerank(query, gallery)
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-12)

    @pytest.mark.parametrize("k2", [1, 6])
    def test_fewer_images_than_neighbors(self, k2):
        rng = np.random.default_rng(5)
        query, gallery = people(rng, 1), people(rng, 3)
        expected = naive_rerank(query, gallery, 20, k2, 0.3)
        result = k_reciprocal_rerank(query, gallery, k2=k2)
        np.testing.assert_allclose(result, expected, rtol=1e-6)

    def test_matches_official_distances(self, golden_dir):
        arrays = [
            np.load(golden_dir / f"reid_{k}.npz") for k in ("metrics", "reranking")
        ]
        golden = {**arrays[0], **arrays[1]}
        query, gallery = unit(golden["query_feat"]), unit(golden["gallery_feat"])
        result = k_reciprocal_rerank(query, gallery)
        labels = ("query_pid", "gallery_pid", "query_camid", "gallery_camid")
        scores = evaluate_ranking(result, *(golden[label] for label in labels))
        np.testing.assert_allclose(result, golden["rerank_distmat"], atol=2e-3)
        assert scores["mAP"] == pytest.approx(golden["rerank_mAP"], rel=1e-3)
        assert scores["cmc"][0] == pytest.approx(golden["rerank_cmc"][0], rel=1e-6)
        expected = naive_rerank(query, gallery, 20, 6, 0.3)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_distance_accepts_slices_of_queries():
    rng = np.random.default_rng(0)
    query, gallery = people(rng, 40), people(rng, 60)
    reranker = KReciprocalReranker(query, gallery, chunk_size=7)
    pieces = [reranker.distance(slice(i, i + 17)) for i in (0, 17, 34)]
    whole = k_reciprocal_rerank(query, gallery)
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=1e-12)


def test_identical_features_give_finite_distances():
    """A collapsed model gives every image the same feature."""
    result = k_reciprocal_rerank(np.ones((3, 4)), np.ones((60, 4)))
    assert np.isfinite(result).all()


def test_improves_map_of_clustered_gallery():
    rng = np.random.default_rng(3)
    centers = rng.standard_normal((20, 16))
    query_ids, gallery_ids = np.arange(20), np.repeat(np.arange(20), 12)
    query = centers[query_ids] + 1.2 * rng.standard_normal((20, 16))
    gallery = centers[gallery_ids] + 0.5 * rng.standard_normal((240, 16))
    plain = np.square(query[:, None] - gallery).sum(-1)
    cameras = np.zeros(20, int), np.ones(240, int)
    before, after = (
        evaluate_ranking(table, query_ids, gallery_ids, *cameras)["mAP"]
        for table in (plain, k_reciprocal_rerank(query, gallery))
    )
    assert after > before + 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k1": 0}, r"k1=0, k2=6, lambda_value=0.3: expected"),
        ({"lambda_value": 1.5}, r"lambda_value in \[0, 1\]"),
        ({"query_features": np.ones((2, 3))}, r"shapes \(2, 3\) and \(5, 4\)"),
        ({"query_features": np.ones((0, 4))}, r"at least one of each"),
        ({"query_features": np.full((1, 4), np.nan)}, r"1 of 6 features are not"),
    ],
)
def test_refuses_invalid_input(arguments, message):
    features = {"query_features": np.ones((2, 4)), "gallery_features": np.ones((5, 4))}
    with pytest.raises(ValueError, match=message):
        k_reciprocal_rerank(**(features | arguments))
