import numpy as np
import pytest

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.registry import TRANSFORMS  # noqa: E402

SIZE = (64, 48)


def build(**kwargs):
    return TRANSFORMS.build(dict(type="solider_mm.PersonAffine", size=SIZE, **kwargs))


def sample(shape=(90, 40)):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 20, shape).astype(np.uint8)
    image = np.repeat(labels[..., None], 3, axis=2) * 5 + 50
    return dict(img=image, gt_seg_map=labels, seg_fields=["gt_seg_map"])


def test_keeps_the_aspect_ratio_and_pads_with_black_and_ignore():
    """A narrow image leaves padding at both sides."""
    results = build()(sample((90, 40)))
    assert results["img"].shape == (*SIZE, 3)
    assert results["img_shape"] == SIZE
    assert results["warp_matrix"].shape == (2, 3)
    padding = results["gt_seg_map"][:, :8]
    assert (padding == 255).all()
    assert (results["img"][:, :8] == 0).all()
    assert not (results["gt_seg_map"][:, 12:36] == 255).any()


def test_without_labels_only_the_image_is_warped():
    results = build()(dict(img=np.zeros((20, 20, 3), np.uint8), seg_fields=[]))
    assert "gt_seg_map" not in results


def test_samples_within_the_published_limits():
    transform = build(scale_std=0.25, angle_std=30.0)
    sampled = np.array([transform._sample_params() for _ in range(3000)])
    assert sampled[:, 0].min() == 0.75
    assert sampled[:, 0].max() == 1.25
    assert abs(sampled[:, 0].mean() - 1) < 0.02
    assert np.abs(sampled[:, 1]).max() == 60
    assert (sampled[:, 1] != 0).mean() == pytest.approx(0.6, abs=0.04)


def test_labels_are_warped_like_the_image():
    """A person cut off by the border: image and labels get the same warp."""
    image = np.zeros((100, 70, 3), np.uint8)
    image[60:, 20:50] = 200  # legs that leave the image at the bottom
    labels = (image[..., 0] > 0).astype(np.uint8)
    transform = build(scale_std=0.25, angle_std=30.0, angle_prob=1.0)
    for _ in range(5):
        results = transform(
            dict(img=image.copy(), gt_seg_map=labels.copy(), seg_fields=["gt_seg_map"])
        )
        inside = results["gt_seg_map"] != 255
        bright = results["img"][..., 0] > 100
        assert (bright == (results["gt_seg_map"] == 1))[inside].mean() > 0.97


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (dict(size=(1, 5)), "at least 2 pixels"),
        (dict(size=SIZE, scale_std=1.0), "scale_std=1.0"),
        (dict(size=SIZE, angle_prob=1.5), "angle_prob=1.5"),
    ],
)
def test_refuses_invalid_arguments(wrong, words):
    with pytest.raises(ValueError, match=words):
        TRANSFORMS.build(dict(type="solider_mm.PersonAffine", **wrong))


def test_flipping_twice_is_the_identity_for_image_and_labels():
    flip = TRANSFORMS.build(
        dict(
            type="mmseg.RandomFlip",
            prob=1.0,
            swap_seg_labels=[(14, 15), (16, 17), (18, 19)],
        )
    )
    before = sample()
    once = flip(sample())
    assert (once["gt_seg_map"] == 15).sum() == (before["gt_seg_map"] == 14).sum()
    assert (once["gt_seg_map"] != before["gt_seg_map"][:, ::-1]).any()
    twice = flip({k: once[k] for k in ("img", "gt_seg_map", "seg_fields")})
    np.testing.assert_array_equal(twice["gt_seg_map"], before["gt_seg_map"])
    np.testing.assert_array_equal(twice["img"], before["img"])
