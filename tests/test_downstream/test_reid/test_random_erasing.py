"""Boxes of noise: their statistics against a loop written from the facts."""

import math
import random

import numpy as np
import pytest
import torch

from solider_mm.downstream.reid.random_erasing import check_erasing, erase_random_boxes

AREA, ASPECT = (0.02, 1 / 3), (0.3, 1 / 0.3)


def _naive_box(height: int, width: int, rng: random.Random) -> tuple[int, int]:
    """Height and width of a box by docs/reference.md §4.3, or zeros if none fits."""
    for _ in range(10):
        pixels = rng.uniform(*AREA) * height * width
        aspect = math.exp(rng.uniform(math.log(ASPECT[0]), math.log(ASPECT[1])))
        box = round(math.sqrt(pixels * aspect)), round(math.sqrt(pixels / aspect))
        if box[0] < height and box[1] < width:
            return box
    return 0, 0


def _boxes(erased: torch.Tensor) -> list[tuple[int, int, int, int]]:
    """Top, left, height, width of the noise; it must fill its box."""
    found = []
    for mask in (erased != 0).all(dim=1):
        rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
        if len(rows) == 0:
            found.append((0, 0, 0, 0))
            continue
        top, left = int(rows[0]), int(columns[0])
        height, width = int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
        assert int(mask.sum()) == height * width
        found.append((top, left, height, width))
    return found


def _erase(images: torch.Tensor, probability: float = 1.0) -> torch.Tensor:
    return erase_random_boxes(images, probability=probability, area=AREA, aspect=ASPECT)


def test_boxes_match_naive_loop() -> None:
    height, width, number = 48, 16, 4000
    boxes = np.array(_boxes(_erase(torch.zeros(number, 1, height, width))))
    rng = random.Random(0)
    naive = np.array([_naive_box(height, width, rng) for _ in range(number)])
    ours = boxes[:, 2:]
    assert (ours > 0).all()
    assert (naive > 0).all()
    for measure in (
        lambda box: box[:, 0],
        lambda box: box[:, 1],
        lambda box: box.prod(axis=1),
        lambda box: np.log(box[:, 0] / box[:, 1]),
    ):
        mean, expected = measure(ours).mean(), measure(naive).mean()
        error = measure(naive).std() * math.sqrt(2 / number)
        assert abs(mean - expected) < 4 * error
        assert measure(ours).std() == pytest.approx(measure(naive).std(), rel=0.1)
    # The corner is uniform over what the box leaves.
    room = np.array([height, width]) - ours
    share = (boxes[:, :2] + 0.5) / (room + 1)
    assert (boxes[:, :2] <= room).all()
    assert share.mean(axis=0) == pytest.approx(0.5, abs=0.02)
    assert share.std(axis=0) == pytest.approx(math.sqrt(1 / 12), rel=0.05)


def test_noise_is_gaussian_per_pixel_and_channel() -> None:
    images = torch.full((64, 3, 96, 32), 9.0)
    before = images.clone()
    erased = _erase(images)
    assert torch.equal(images, before)
    noise = erased[erased != 9]
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(1, abs=0.01)
    assert noise.abs().max() > 3
    first = erased[0, :, (erased[0] != 9).all(dim=0)]  # (3, pixels)
    assert abs(torch.corrcoef(first)[0, 1]) < 0.3
    assert first.unique().numel() == first.numel()


def test_selects_images_independently() -> None:
    erased = _erase(torch.zeros(2000, 1, 24, 12), probability=0.5)
    share = (erased != 0).flatten(1).any(dim=1).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.045)  # 4 standard errors
    assert torch.equal(_erase(torch.ones(4, 3, 8, 8), 0.0), torch.ones(4, 3, 8, 8))


def test_keeps_image_if_no_box_fits() -> None:
    image = torch.ones(3, 3, 400, 4)
    wide = dict(area=(0.3, 0.3), aspect=(0.3, 0.31))
    assert torch.equal(erase_random_boxes(image, probability=1.0, **wide), image)


def test_generator_determines_result() -> None:
    images = torch.zeros(4, 3, 16, 8)
    options = dict(probability=0.5, area=AREA, aspect=ASPECT)
    first, second = (
        erase_random_boxes(
            images, **options, generator=torch.Generator().manual_seed(3)
        )
        for _ in range(2)
    )
    assert torch.equal(first, second)


@pytest.mark.gpu
def test_does_not_synchronize_device() -> None:
    images = torch.zeros(8, 3, 32, 16, device="cuda")
    mode = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        erased = _erase(images)
    finally:
        torch.cuda.set_sync_debug_mode(mode)
    assert (erased != 0).flatten(1).any(dim=1).all()


def test_gradient_is_zero_inside_box() -> None:
    images = torch.ones(2, 3, 32, 16, requires_grad=True)
    erased = _erase(images)
    erased.sum().backward()
    assert torch.equal(images.grad == 0, erased != 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((1.5, AREA, ASPECT), "probability of erasing 1.5: expected 0"),
        ((0.5, (0.3, 0.2), ASPECT), "erased area .*: expected two ascending"),
        ((0.5, (0.1, 1.0), ASPECT), "erased area"),
        ((0.5, AREA, (0.0, 1.0)), "erased aspect .*: expected two ascending positive"),
    ],
)
def test_refuses_invalid_arguments(options, message) -> None:
    check_erasing(0.5, AREA, ASPECT)
    with pytest.raises(ValueError, match=message):
        check_erasing(*options)
