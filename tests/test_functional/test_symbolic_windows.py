import pytest
import torch
import torch.nn.functional as F

from solider_mm.functional.symbolic_windows import (
    cut_windows,
    join_windows,
    shift_mask,
)
from solider_mm.functional.windows import partition_windows, window_layout

CPU = torch.device("cpu")
CASES = [((16, 8), 7, 0), ((16, 8), 7, 3), ((4, 2), 7, 3), ((5, 9), 3, 1)]


@pytest.mark.parametrize(("size", "window", "shift"), CASES)
def test_windows_equal_those_of_the_layout(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    tokens = torch.randn(2, size[0] * size[1], 4)
    padded = F.pad(tokens, (0, 0, 0, 1)) if layout.padded else tokens
    expected = partition_windows(padded, layout)
    windows = cut_windows(tokens.unflatten(1, size), window, shift)
    assert torch.equal(windows.flatten(1, 2), expected)


@pytest.mark.parametrize(("size", "window", "shift"), CASES)
def test_joining_undoes_cutting(size, window, shift):
    maps = torch.randn(2, *size, 4)
    assert torch.equal(
        join_windows(cut_windows(maps, window, shift), size, shift), maps
    )


@pytest.mark.parametrize(("size", "window", "shift"), [c for c in CASES if c[2]])
def test_mask_equals_that_of_the_layout(size, window, shift):
    layout = window_layout(size, window, shift, CPU)
    expected = layout.masks[layout.kinds]
    assert torch.equal(shift_mask(size, window, shift, CPU), expected)
