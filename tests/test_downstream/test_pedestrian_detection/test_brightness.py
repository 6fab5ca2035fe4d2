import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import TRANSFORMS  # noqa: E402


def change(image, **options):
    transform = TRANSFORMS.build({"type": "solider_mm.RandomHSVBrightness", **options})
    return transform({"img": image.copy()})["img"]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_value_is_multiplied_and_clipped(image, factor):
    got = change(image, factor_range=(factor, factor), prob=1.0)
    expected = (image.max(axis=2) * factor).clip(max=255).astype(int)
    assert np.abs(got.max(axis=2).astype(int) - expected).max() <= 1
    assert got.dtype == np.uint8


def test_result_does_not_depend_on_channel_order(image):
    options = {"factor_range": (0.7, 0.7), "prob": 1.0}
    value = change(image, **options).max(axis=2).astype(int)
    swapped = change(image[..., ::-1], **options).max(axis=2)
    assert np.abs(value - swapped).max() <= 1


def test_hue_is_unchanged(image):
    before = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 0].astype(int)
    after = change(image, factor_range=(0.9, 0.9), prob=1.0)
    after = cv2.cvtColor(after, cv2.COLOR_BGR2HSV)[..., 0].astype(int)
    turn = np.abs(before - after)
    assert np.median(np.minimum(turn, 180 - turn)) <= 1


def test_half_of_the_images_are_unchanged(image):
    changed = [not np.array_equal(change(image), image) for _ in range(200)]
    assert 60 < sum(changed) < 140
    assert np.array_equal(change(image, prob=0.0), image)


@pytest.mark.parametrize(
    "options", [{"factor_range": (2, 1)}, {"factor_range": (0, 1)}, {"prob": 1.5}]
)
def test_refuses_invalid_arguments(options):
    with pytest.raises(
        ValueError, match="expected 0 < smallest <= largest and 0 <= prob"
    ):
        change(np.zeros((2, 2, 3), np.uint8), **options)
