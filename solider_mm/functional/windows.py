"""Cut a map of tokens into shifted, padded windows, and put it together again.

A map of H × W tokens is padded at the bottom and right to whole windows, rolled by
`shift` and cut into windows. All three steps only move tokens, so together they are
one list of places. Every real token lies in exactly one window place: the way back is
the inverse list, and so is the gradient, which therefore never scatters.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from solider_mm.functional.layout_cache import cached_layout
from solider_mm.functional.recording import is_recorded

__all__ = [
    "MASKED",
    "WindowLayout",
    "merge_windows",
    "partition_windows",
    "window_layout",
]

MASKED = -100.0
"""Added to a logit between tokens that are neighbors only after the roll.

It is Swin's value; a finite one keeps a row of padding from becoming NaN.
"""


@dataclass(frozen=True, eq=False)
class WindowLayout:
    """Window place of each token of a map.

    Attributes:
        window: Side of a window, in tokens.
        num_tokens: Number L = H · W of real tokens.
        num_windows: Number nW of windows of the padded map.
        source: Token at each window place, (nW · window²,) int64; L is padding.
        place: Window place of each token, (L,) int64.
        padding: Window places that hold padding, (P,) int64.
        masks: Additive masks (K, window², window²) of the K kinds of window that a
            shift creates; None without a shift.
        kinds: Kind of each window, (nW,) int64; None without a shift.
    """

    window: int
    num_tokens: int
    num_windows: int
    source: Tensor
    place: Tensor
    padding: Tensor
    masks: Tensor | None
    kinds: Tensor | None

    @property
    def padded(self) -> bool:
        """Whether some window place holds no token."""
        return self.num_windows * self.window**2 > self.num_tokens


@cached_layout
def window_layout(
    size: tuple[int, int], window: int, shift: int, device: torch.device
) -> WindowLayout:
    """Layout of a map, from a small cache.

    Args:
        size: Size (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left, 0 for none.
        device: Device of the index tensors.

    Returns:
        The layout; it depends neither on the batch nor on the channels.

    Raises:
        ValueError: If the size or window is not positive or shift is not in
            [0, window).
    """
    height, width = size
    if min(height, width, window) < 1 or not 0 <= shift < window:
        raise ValueError(
            f"a map of {size} tokens cannot be cut into windows of {window} with "
            f"shift {shift}: use a map and window of at least 1 and a shift in "
            "[0, window)"
        )
    rows, columns = -(-height // window), -(-width // window)
    padded = (rows * window, columns * window)
    i, j = (torch.arange(side, device=device) for side in padded)
    row, column = (i + shift) % padded[0], (j + shift) % padded[1]
    real = (row[:, None] < height) & (column[None, :] < width)
    source = torch.where(real, row[:, None] * width + column[None, :], height * width)
    source = source.view(rows, window, columns, window).transpose(1, 2).flatten()

    # The inverse is computed, not sorted: exporters know no stable sort.
    up, left = (i - shift) % padded[0], (j - shift) % padded[1]
    row_place = (up // window * columns * window + up % window) * window
    column_place = left // window * window**2 + left % window
    place = row_place[:, None] + column_place[None, :]  # of real and padded tokens
    padding = torch.cat((place[:height, width:].flatten(), place[height:].flatten()))
    masks = kinds = None
    if shift:
        masks = _shift_masks(window, shift, device)
        last_row = torch.arange(rows, device=device) == rows - 1
        last_column = torch.arange(columns, device=device) == columns - 1
        kinds = (2 * last_row[:, None] + last_column[None, :]).flatten()
    return WindowLayout(
        window=window,
        num_tokens=height * width,
        num_windows=rows * columns,
        source=source,
        place=place[:height, :width].flatten(),
        padding=padding,
        masks=masks,
        kinds=kinds,
    )


def _shift_masks(window: int, shift: int, device: torch.device) -> Tensor:
    """Masks (4, window², window²): inner window, last column, last row, corner.

    Only the last row and column of windows hold tokens rolled in from the other end.

    Args:
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left.
        device: Device of the masks.

    Returns:
        The additive masks, float32.
    """
    rolled_in = torch.arange(window, device=device) >= window - shift
    nowhere = torch.zeros_like(rolled_in)
    masks = []
    for rows, columns in (
        (nowhere, nowhere),
        (nowhere, rolled_in),
        (rolled_in, nowhere),
        (rolled_in, rolled_in),
    ):
        region = (2 * rows[:, None] + columns[None, :]).flatten()
        masks.append(MASKED * (region[:, None] != region[None, :]).float())
    return torch.stack(masks)


def partition_windows(tokens: Tensor, layout: WindowLayout) -> Tensor:
    """Cut tokens into windows.

    Args:
        tokens: Tokens (..., L, D) in row-major order; (..., L + 1, D) if the layout is
            padded, where the last one fills the padding.
        layout: Layout of the map.

    Returns:
        Windows (..., nW, window², D), contiguous.
    """
    if is_recorded(tokens):
        windows = _Partition.apply(tokens, layout.source, layout.place, layout.padding)
    else:
        windows = tokens.index_select(-2, layout.source)
    return windows.unflatten(-2, (layout.num_windows, layout.window**2))


def merge_windows(windows: Tensor, layout: WindowLayout) -> Tensor:
    """Put windows together: the inverse of `partition_windows`, without the padding.

    Args:
        windows: Windows (..., nW, window², D).
        layout: Layout of the map.

    Returns:
        Tokens (..., L, D).
    """
    places = windows.flatten(-3, -2)
    if is_recorded(places):
        return _Merge.apply(places, layout.source, layout.place, layout.padded)
    return places.index_select(-2, layout.place)


class _Partition(torch.autograd.Function):
    """Gather tokens into places; the gradient gathers places into tokens."""

    @staticmethod
    def forward(
        ctx: Any, tokens: Tensor, source: Tensor, place: Tensor, padding: Tensor
    ) -> Tensor:
        ctx.save_for_backward(place, padding)
        return tokens.index_select(-2, source)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        place, padding = ctx.saved_tensors
        if not len(padding):
            return grad.index_select(-2, place), None, None, None
        # One row more for the filling token: gathered from anywhere, then set.
        tokens = grad.index_select(-2, torch.cat((place, padding[:1])))
        filler = grad.index_select(-2, padding)
        tokens.select(-2, -1).copy_(filler.sum(-2))
        return tokens, None, None, None


class _Merge(torch.autograd.Function):
    """Gather places into tokens; the gradient of a padded place is zero."""

    @staticmethod
    def forward(
        ctx: Any, windows: Tensor, source: Tensor, place: Tensor, padded: bool
    ) -> Tensor:
        ctx.save_for_backward(source)
        ctx.padded = padded
        return windows.index_select(-2, place)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        (source,) = ctx.saved_tensors
        if ctx.padded:
            grad = F.pad(grad, (0, 0, 0, 1))
        return grad.index_select(-2, source), None, None, None
