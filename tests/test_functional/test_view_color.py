"""Colors of a batch change as torchvision changes those of one picture."""

import colorsys

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms import functional as vision

from solider_mm.functional.view_color import (
    jitter_color,
    luminance,
    shift_hue,
    solarize,
)
from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams, params_to_tensor

REFERENCE = {
    "brightness": vision.adjust_brightness,
    "contrast": vision.adjust_contrast,
    "saturation": vision.adjust_saturation,
    "hue": vision.adjust_hue,
}


@pytest.fixture
def pictures() -> torch.Tensor:
    """Two smooth pictures of every color, whole numbers, (2, 3, 24, 12)."""
    coarse = torch.randint(0, 256, (2, 3, 4, 2)).float()
    large = torch.nn.functional.interpolate(coarse, (24, 12), mode="bilinear")
    return large.round().clamp(0, 255)


def in_pillow(picture: torch.Tensor, steps: list[tuple[str, float]]) -> np.ndarray:
    image = Image.fromarray(picture.permute(1, 2, 0).byte().numpy())
    for name, factor in steps:
        image = REFERENCE[name](image, factor)
    return np.asarray(image).astype(float).transpose(2, 0, 1)


@pytest.mark.parametrize("order", [0, 5, 10, 23])
def test_four_changes_in_order(pictures, order) -> None:
    factors = [
        {"brightness": 1.3, "contrast": 0.7, "saturation": 1.2, "hue": 0.08},
        {"brightness": 0.8, "contrast": 1.4, "saturation": 0.8, "hue": -0.1},
    ]
    orders = (order, 23 - order)
    draws = params_to_tensor(
        [
            ViewParams(0, 0, 1, 1, order=o, **f)
            for o, f in zip(orders, factors, strict=True)
        ]
    )
    changed = jitter_color(pictures, draws)
    assert changed.min() >= 0
    assert changed.max() <= 255
    for i in range(2):
        steps = [(name, factors[i][name]) for name in COLOR_ORDERS[orders[i]]]
        # Pillow rounds after each step, and hue to 1/255 of the wheel.
        difference = np.abs(changed[i].numpy() - in_pillow(pictures[i], steps))
        assert difference.mean() < 2.5
        wrong = list(reversed(steps))
        if wrong != steps:
            assert (
                difference.mean()
                < np.abs(changed[i].numpy() - in_pillow(pictures[i], wrong)).mean()
            )


@pytest.mark.parametrize(("name", "factor"), [("brightness", 1.4), ("contrast", 0.6)])
def test_one_change_alone(pictures, name, factor) -> None:
    draws = params_to_tensor(
        [ViewParams(0, 0, 1, 1, **{name: factor}), ViewParams(0, 0, 1, 1)]
    )
    changed = jitter_color(pictures, draws)
    expected = in_pillow(pictures[0], [(name, factor)])
    assert np.abs(changed[0].numpy() - expected).max() <= 1
    torch.testing.assert_close(changed[1], pictures[1])


def test_hue_pixel_by_pixel() -> None:
    pixels = torch.rand(1, 3, 5, 7)
    turned = shift_hue(pixels, torch.tensor([0.3]))
    for y in range(5):
        for x in range(7):
            h, s, v = colorsys.rgb_to_hsv(*pixels[0, :, y, x].tolist())
            expected = colorsys.hsv_to_rgb((h + 0.3) % 1, s, v)
            assert turned[0, :, y, x].tolist() == pytest.approx(expected, abs=1e-5)


def test_hue_of_gray_stays() -> None:
    gray = torch.full((1, 3, 2, 2), 90.0)
    torch.testing.assert_close(shift_hue(gray, torch.tensor([0.4])), gray)


def test_luminance_and_solarization_as_in_pillow(pictures) -> None:
    image = Image.fromarray(pictures[0].permute(1, 2, 0).byte().numpy())
    gray = np.asarray(image.convert("L")).astype(float)
    assert np.abs(luminance(pictures)[0, 0].numpy() - gray).max() <= 1
    inverted = np.asarray(ImageOps.solarize(image)).transpose(2, 0, 1)
    np.testing.assert_array_equal(solarize(pictures)[0].numpy(), inverted)
