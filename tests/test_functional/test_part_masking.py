"""The masked image, pixel by pixel, and the draw of the part."""

import pytest
import torch

from solider_mm.functional.part_masking import mask_part, pick_part


def draw_part(labels: torch.Tensor, num_parts: int, seed: int = 0) -> torch.Tensor:
    """Parts by uniform scores, as SOLIDER draws them."""
    generator = torch.Generator().manual_seed(seed)
    return pick_part(labels, torch.rand(len(labels), num_parts, generator=generator))


def test_pixels_of_the_part_are_zero_and_no_others() -> None:
    labels = torch.tensor([[[0, 1], [2, 2]], [[1, 1], [3, 0]]])
    images = torch.ones(2, 3, 4, 6)
    masked = mask_part(images, labels, torch.tensor([2, 3]))
    first = [[1.0] * 6, [1.0] * 6, [0.0] * 6, [0.0] * 6]
    second = [[1.0] * 6] * 2 + [[0.0] * 3 + [1.0] * 3] * 2
    for channel in range(3):
        assert masked[0, channel].tolist() == first
        assert masked[1, channel].tolist() == second
    assert images.eq(1).all()  # the original is untouched


@pytest.mark.parametrize("size", [(64, 32), (63, 31), (7, 5), (8, 4)])
def test_enlarged_as_nearest_interpolation_does(size: tuple[int, int]) -> None:
    labels = torch.randint(0, 4, (5, 7, 4))
    part = torch.tensor([1, 2, 3, 1, 2])
    masked = mask_part(torch.ones(5, 1, *size), labels, part)
    large = torch.nn.functional.interpolate(labels[:, None].float(), size)
    assert torch.equal(masked == 0, large == part.view(-1, 1, 1, 1))


def test_part_zero_masks_nothing() -> None:
    images = torch.randn(2, 3, 4, 4)
    labels = torch.zeros(2, 2, 2, dtype=torch.int64)
    assert torch.equal(mask_part(images, labels, torch.zeros(2).long()), images)


def test_masking_removes_nan_and_passes_gradients_elsewhere() -> None:
    images = torch.ones(1, 1, 2, 2)
    images[0, 0, 0, 0] = float("nan")
    images.requires_grad_()
    labels = torch.tensor([[[1, 0], [0, 0]]])
    mask_part(images, labels, torch.tensor([1])).sum().backward()
    assert images.grad is not None
    assert images.grad[0, 0].tolist() == [[0.0, 1.0], [1.0, 1.0]]


def test_no_images() -> None:
    labels = torch.zeros(0, 2, 2, dtype=torch.int64)
    none = torch.zeros(0, dtype=torch.int64)
    assert mask_part(torch.ones(0, 3, 8, 8), labels, none).shape == (0, 3, 8, 8)
    assert draw_part(labels, 3).shape == (0,)


def test_only_existing_parts_are_drawn_and_all_equally_often() -> None:
    labels = torch.tensor([[[0, 1], [3, 3]]]).expand(4000, 2, 2)
    part = draw_part(labels, 3, 0)
    assert part.dtype == torch.int64
    count = part.bincount(minlength=4)
    assert count[0] == count[2] == 0
    assert abs(count[1].item() - 2000) < 150  # nearly five standard deviations


def test_draw_follows_its_generator() -> None:
    labels = torch.randint(0, 6, (50, 4, 2))
    draws = [draw_part(labels, 5, s) for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_best_scored_part_the_image_has() -> None:
    labels = torch.tensor([[[1, 2]], [[0, 2]], [[0, 0]]])
    score = torch.tensor([[0.2, 0.1, 0.9], [0.9, 0.0, 0.9], [0.1, 0.2, 0.3]])
    assert pick_part(labels, score).tolist() == [1, 2, 0]


def test_nothing_is_read_back() -> None:
    labels = torch.empty(3, 4, 2, dtype=torch.int64, device="meta")
    part = draw_part(labels, 3, 0)
    images = torch.empty(3, 3, 16, 8, device="meta")
    assert mask_part(images, labels, part).shape == images.shape


def test_bad_input() -> None:
    labels = torch.zeros(2, 2, 2, dtype=torch.int64)
    part = torch.ones(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"images \(3, 3, 4, 4\) .* expected \(2, C"):
        mask_part(torch.ones(3, 3, 4, 4), labels, part)
    with pytest.raises(ValueError, match=r"part \(1,\), expected"):
        mask_part(torch.ones(2, 3, 4, 4), labels, part[:1])
    with pytest.raises(ValueError, match=r"semantic_labels has shape \(2, 2\)"):
        mask_part(torch.ones(2, 3, 4, 4), labels[0], part)
    with pytest.raises(ValueError, match=r"score has shape \(2, 0\), expected"):
        draw_part(labels, 0)
    with pytest.raises(ValueError, match=r"score has shape \(2,\), expected \(2, N\)"):
        pick_part(labels, torch.ones(2))
