"""The literal augmentation: sizes, bounds and frequencies of the released recipe."""

import random

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms

from benchmarks.reference import augmentation
from benchmarks.reference.augmentation import MultiCrop, load_image

DRAWS = 500


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (8, 4, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((64, 128), Image.Resampling.BILINEAR)


def step(view, kind):
    """The one step of a kind."""
    (found,) = [t for t in view.transforms if isinstance(t, kind)]
    return found


def within_sampling_error(count, probability):
    """Four standard deviations of a binomial: fails once in 16,000 seeds."""
    deviation = (DRAWS * probability * (1 - probability)) ** 0.5
    return abs(count - DRAWS * probability) <= 4 * deviation


def test_ten_normalized_views(picture):
    views = MultiCrop()(picture)
    assert [tuple(v.shape) for v in views] == [(3, 256, 128)] * 2 + [(3, 128, 64)] * 8
    assert all(v.dtype == torch.float32 for v in views)
    assert len(MultiCrop(num_local_views=3)(picture)) == 5
    last = MultiCrop().first_view.transforms[-1]
    white = last(torch.ones(3, 1, 1)).flatten()
    expected = [(1 - m) / s for m, s in zip(last.mean, last.std, strict=True)]
    torch.testing.assert_close(white, torch.tensor(expected))
    assert last.mean == (0.485, 0.456, 0.406)
    assert last.std == (0.229, 0.224, 0.225)


@pytest.mark.parametrize(
    ("view", "area"),
    [("first_view", (0.8, 1)), ("second_view", (0.8, 1)), ("local_view", (0.05, 0.8))],
)
def test_area_and_shape_of_the_crop(view, area):
    crop = step(getattr(MultiCrop(), view), transforms.RandomResizedCrop)
    assert crop.interpolation == transforms.InterpolationMode.BICUBIC
    image = Image.new("RGB", (500, 1000))
    boxes = [crop.get_params(image, crop.scale, crop.ratio) for _ in range(DRAWS)]
    areas = np.array([h * w / 500_000 for _, _, h, w in boxes])
    shapes = np.array([w / h for _, _, h, w in boxes])
    assert areas.min() >= area[0] - 0.003
    assert areas.max() <= area[1] + 0.003
    assert shapes.min() >= 0.4 - 0.003
    assert shapes.max() <= 0.6 + 0.003
    assert areas.max() - areas.min() > 0.8 * (area[1] - area[0])  # all of the range


def test_colors_and_flip():
    for name in ("first_view", "second_view", "local_view"):
        view = getattr(MultiCrop(), name)
        applied = step(view, transforms.RandomApply)
        (jitter,) = applied.transforms
        assert applied.p == 0.8
        assert jitter.brightness == pytest.approx((0.6, 1.4))
        assert jitter.contrast == pytest.approx((0.6, 1.4))
        assert jitter.saturation == pytest.approx((0.8, 1.2))
        assert jitter.hue == pytest.approx((-0.1, 0.1))
        assert step(view, transforms.RandomHorizontalFlip).p == 0.5


def test_a_fifth_of_the_views_is_gray(picture):
    gray = step(MultiCrop().first_view, transforms.RandomGrayscale)
    count = 0
    for _ in range(DRAWS):
        pixels = np.asarray(gray(picture))
        count += (pixels == pixels[..., :1]).all()
    assert within_sampling_error(count, 0.2)


@pytest.mark.parametrize(
    ("view", "probability"),
    [("first_view", 1.0), ("second_view", 0.1), ("local_view", 0.5)],
)
def test_how_often_and_how_far_views_are_blurred(view, probability, monkeypatch):
    radii = []

    def blur(radius):
        radii.append(radius)
        return ImageFilter.BLUR

    monkeypatch.setattr(augmentation.ImageFilter, "GaussianBlur", blur)
    blurring = step(getattr(MultiCrop(), view), augmentation.RandomBlur)
    tiny = Image.new("RGB", (8, 8))
    for _ in range(DRAWS):
        blurring(tiny)
    assert within_sampling_error(len(radii), probability)
    assert min(radii) >= 0.1
    assert max(radii) <= 2.0
    assert max(radii) - min(radii) > 1.5


def test_the_second_view_alone_is_solarized(monkeypatch):
    crops, calls = MultiCrop(), []
    monkeypatch.setattr(
        augmentation.ImageOps, "solarize", lambda image: calls.append(1) or image
    )
    solarizing = step(crops.second_view, augmentation.RandomSolarize)
    for _ in range(DRAWS):
        solarizing(Image.new("RGB", (8, 8)))
    assert within_sampling_error(len(calls), 0.2)
    for other in (crops.first_view, crops.local_view):
        kinds = [type(t) for t in other.transforms]
        assert augmentation.RandomSolarize not in kinds


def test_solarizing_turns_bright_pixels_round(monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 0.0)
    image = Image.new("RGB", (1, 1), (10, 127, 200))
    solarized = augmentation.RandomSolarize(0.2)(image)
    assert solarized.getpixel((0, 0)) == (10, 127, 55)
    assert ImageOps.solarize(image).getpixel((0, 0)) == (10, 127, 55)


def test_files_are_decoded_to_three_channels(tmp_path):
    Image.new("L", (4, 8), 77).save(tmp_path / "gray.png")
    image = load_image(tmp_path / "gray.png")
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == (77, 77, 77)
