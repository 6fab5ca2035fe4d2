import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.functional.layout_cache import CACHE_SIZE
from solider_mm.functional.windows import (
    merge_windows,
    partition_windows,
    window_layout,
)

CPU = torch.device("cpu")
CASES = [
    ((16, 8), 7, 0),
    ((16, 8), 7, 3),
    ((4, 2), 7, 3),
    ((7, 7), 7, 3),
    ((14, 7), 7, 3),
    ((5, 9), 3, 1),
    ((6, 4), 2, 1),
    ((3, 5), 1, 0),
]


def naive_partition(tokens: Tensor, size: tuple[int, int], window: int, shift: int):
    """Pad, roll and cut with loops; tokens (L, D) -> list of (window², D)."""
    height, width = size
    maps = tokens.view(height, width, -1)
    maps = F.pad(maps, (0, 0, 0, -width % window, 0, -height % window))
    maps = maps.roll((-shift, -shift), (0, 1))
    return [
        maps[i : i + window, j : j + window].reshape(window**2, -1)
        for i in range(0, maps.shape[0], window)
        for j in range(0, maps.shape[1], window)
    ]


def naive_mask(size: tuple[int, int], window: int, shift: int) -> Tensor:
    """Tokens may meet if no edge of the map lies between them in the rolled map."""
    height, width = (-(-length // window) * window for length in size)
    came_over = torch.zeros(height, width)
    for i in range(height):
        for j in range(width):
            came_over[i, j] = 2 * (i + shift >= height) + (j + shift >= width)
    cut = came_over.view(height // window, window, width // window, window)
    region = cut.transpose(1, 2).reshape(-1, window**2)
    return -100.0 * (region[:, :, None] != region[:, None, :])


def with_filler(tokens: Tensor, padded: bool) -> Tensor:
    return F.pad(tokens, (0, 0, 0, 1)) if padded else tokens


@pytest.mark.parametrize(("size", "window", "shift"), CASES)
def test_partition_equals_pad_roll_and_cut(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    tokens = torch.randn(2, 3, size[0] * size[1], 4)
    out = partition_windows(with_filler(tokens, layout.padded), layout)
    for b in range(2):
        for h in range(3):
            expected = naive_partition(tokens[b, h], size, window, shift)
            assert torch.equal(out[b, h], torch.stack(expected))


@pytest.mark.parametrize(("size", "window", "shift"), CASES)
def test_merge_is_the_inverse(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    tokens = torch.randn(2, size[0] * size[1], 4)
    out = partition_windows(with_filler(tokens, layout.padded), layout)
    assert torch.equal(merge_windows(out, layout), tokens)


@pytest.mark.parametrize(("size", "window", "shift"), CASES)
def test_gradients_are_those_of_plain_indexing(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    count = size[0] * size[1] + layout.padded
    tokens = torch.randn(2, count, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: partition_windows(x, layout), tokens)
    cut = (2, layout.num_windows, window**2, 3)
    cut = torch.randn(cut, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: merge_windows(x, layout), cut)


@pytest.mark.parametrize(("size", "window", "shift"), [c for c in CASES if c[2]])
def test_masks_part_what_only_the_roll_joined(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    assert layout.masks is not None
    assert torch.equal(layout.masks[layout.kinds], naive_mask(size, window, shift))


def test_without_shift_there_is_no_mask():
    layout = window_layout((14, 14), 7, 0, CPU)
    assert layout.masks is None
    assert layout.kinds is None
    assert not layout.padded


def test_padding_places_are_listed():
    layout = window_layout((4, 2), 7, 3, CPU)
    assert layout.padding.numel() == 49 - 8
    assert (layout.source[layout.padding] == 8).all()


def test_equal_maps_share_one_layout():
    first = window_layout((9, 9), 3, 1, CPU)
    assert window_layout((9, 9), 3, 1, CPU) is first


def test_cache_stays_small():
    for height in range(1, CACHE_SIZE + 20):
        window_layout((height, 1), 2, 0, CPU)
    assert len(window_layout.cache) == CACHE_SIZE


def test_layout_made_in_inference_mode_serves_training():
    with torch.inference_mode():
        layout = window_layout((11, 13), 4, 2, CPU)
    assert not layout.source.is_inference()
    tokens = torch.randn(1, 144, 2, requires_grad=True)
    merge_windows(partition_windows(tokens, layout), layout).sum().backward()
    assert torch.equal(tokens.grad[0, :143], torch.ones(143, 2))


@pytest.mark.parametrize(
    ("size", "window", "shift"), [((0, 4), 7, 0), ((4, 4), 0, 0), ((4, 4), 7, 7)]
)
def test_impossible_layouts_are_refused(size, window, shift):
    with pytest.raises(ValueError, match="cannot be cut into windows"):
        window_layout(size, window, shift, CPU)
