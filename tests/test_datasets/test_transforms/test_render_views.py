"""Views are made as Pillow and torchvision, on which the authors built, make them."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps
from torchvision.transforms import functional as vision

from solider_mm.datasets import RenderViews
from solider_mm.datasets.transforms import render_view
from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams

SIZE = (128, 64)


@pytest.fixture
def rgb() -> np.ndarray:
    """Smooth colors: what a person crop is to these operations."""
    coarse = np.random.default_rng(1).integers(0, 256, (8, 4, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC)
    return np.asarray(image)


def render(rgb: np.ndarray, size=SIZE, box=None, **numbers) -> np.ndarray:
    """Through our BGR kernel, as (h, w, 3) RGB."""
    draw = ViewParams(*(box or (0, 0, *rgb.shape[:2])), **numbers)
    planes = render_view(np.ascontiguousarray(rgb[..., ::-1]), draw, size)
    assert planes.dtype == np.uint8
    assert planes.flags.c_contiguous
    return planes[::-1].transpose(1, 2, 0).astype(int)


def test_nothing_drawn_changes_nothing(rgb) -> None:
    np.testing.assert_array_equal(render(rgb), rgb)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((10, 5, 90, 40), (256, 128)),
        ((0, 0, 128, 64), (32, 16)),
        ((3, 9, 50, 20), (9, 9)),
    ],
)
def test_crop_as_in_pillow(rgb, box, size) -> None:
    top, left, tall, wide = box
    # Pillow sees across the edge of the box, torchvision, on a cut-out, does not.
    cut = Image.fromarray(rgb).crop((left, top, left + wide, top + tall))
    expected = np.asarray(cut.resize(size[::-1], Image.Resampling.BICUBIC)).astype(int)
    difference = np.abs(render(rgb, size, box) - expected)
    assert difference.max() <= 2
    assert difference.mean() < 0.2


@pytest.mark.parametrize(
    ("name", "factor", "reference", "tolerance"),
    [
        ("brightness", 1.4, vision.adjust_brightness, 0.5),
        ("brightness", 0.6, vision.adjust_brightness, 0.5),
        ("contrast", 1.4, vision.adjust_contrast, 0.5),
        ("contrast", 0.6, vision.adjust_contrast, 0.5),
        ("saturation", 1.2, vision.adjust_saturation, 0.5),
        ("saturation", 0.8, vision.adjust_saturation, 0.5),
        ("hue", 0.1, vision.adjust_hue, 1.5),
        ("hue", -0.1, vision.adjust_hue, 1.5),
        ("hue", 0.5, vision.adjust_hue, 2.0),
    ],
)
def test_colors_change_as_in_torchvision(rgb, name, factor, reference, tolerance):
    expected = np.asarray(reference(Image.fromarray(rgb), factor)).astype(int)
    assert np.abs(render(rgb, **{name: factor}) - expected).mean() < tolerance
    assert np.abs(rgb - expected).mean() > 3


def test_changes_follow_in_the_drawn_order(rgb) -> None:
    factors = {"brightness": 1.4, "contrast": 1.4, "saturation": 0.8, "hue": 0.1}
    for order in (0, 7, 23):
        image = Image.fromarray(rgb)
        for name in COLOR_ORDERS[order]:
            image = getattr(vision, f"adjust_{name}")(image, factors[name])
        difference = np.abs(render(rgb, order=order, **factors) - np.asarray(image))
        assert difference.mean() < 2.5


def test_mirror_gray_and_solarization(rgb) -> None:
    np.testing.assert_array_equal(render(rgb, flip=True), rgb[:, ::-1])
    image = Image.fromarray(rgb)
    gray = np.asarray(image.convert("L").convert("RGB")).astype(int)
    assert np.abs(render(rgb, gray=True) - gray).max() <= 1
    inverted = np.asarray(ImageOps.solarize(image))
    np.testing.assert_array_equal(render(rgb, solarize=True), inverted)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_blur_as_in_pillow(rgb, radius) -> None:
    sharp = np.where(rgb > 128, 255, 0).astype(np.uint8)
    pillow = Image.fromarray(sharp).filter(ImageFilter.GaussianBlur(radius))
    expected = np.asarray(pillow).astype(int)
    ours = render(sharp, blur=radius)
    assert np.abs(ours - expected).mean() < 0.15 * np.abs(sharp - expected).mean()


def test_transform_gives_tensors_and_leaves_the_image_alone(rgb) -> None:
    image = rgb.copy()
    results = RenderViews()(
        dict(
            img=image,
            views=[
                ViewParams(0, 0, 128, 64, hue=0.1),
                ViewParams(0, 0, 9, 5, blur=1.0),
            ],
            view_sizes=[(20, 10), (6, 3)],
        )
    )
    assert [tuple(view.shape) for view in results["img"]] == [(3, 20, 10), (3, 6, 3)]
    assert all(view.dtype == torch.uint8 for view in results["img"])
    assert set(results) == {"img"}
    np.testing.assert_array_equal(image, rgb)
