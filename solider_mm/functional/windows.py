"""Tokens of a map ⇄ shifted, padded windows, by one cached index.

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

__all__ = ["WindowLayout", "merge_windows", "partition_windows", "window_layout"]

# Added to a logit between tokens that only the roll made neighbors. A finite value
# (Swin's own) keeps a row of padding from becoming NaN.
_MASKED = -100.0


@dataclass(frozen=True, eq=False)
class WindowLayout:
    """Where each token of a map goes.

    Attributes:
        window: Side of a window, in tokens.
        num_tokens: L = H · W real tokens.
        num_windows: nW windows of the padded map.
        source: (nW · window²,) int64, the token at each window place; L is padding.
        place: (L,) int64, the window place of each token.
        padding: (P,) int64, the window places that hold padding.
        masks: (K, window², window²) the additive masks of the K kinds of window that a
            shift creates; None without a shift.
        kinds: (nW,) int64, the kind of each window; None without a shift.
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
    """The layout of a map, from a small cache.

    Args:
        size: (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left, 0 for none.
        device: Where the index tensors live.

    Returns:
        The layout; it depends neither on the batch nor on the channels.

    Raises:
        ValueError: If the size or window is not positive or shift is not in
            [0, window).
    """
    height, width = size
    rows, columns = -(-height // window), -(-width // window)
    i = (torch.arange(rows * window, device=device) + shift) % (rows * window)
    j = (torch.arange(columns * window, device=device) + shift) % (columns * window)
    real = (i[:, None] < height) & (j[None, :] < width)
    source = torch.where(real, i[:, None] * width + j[None, :], height * width)
    source = source.view(rows, window, columns, window).transpose(1, 2).flatten()
    order = source.argsort(stable=True)  # real tokens in their order, then padding
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
        place=order[: height * width],
        padding=order[height * width :],
        masks=masks,
        kinds=kinds,
    )


def _shift_masks(window: int, shift: int, device: torch.device) -> Tensor:
    """Masks (4, window², window²): inner window, last column, last row, corner.

    Only the last row and column of windows hold tokens rolled in from the other end.
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
        masks.append(_MASKED * (region[:, None] != region[None, :]).float())
    return torch.stack(masks)


def partition_windows(tokens: Tensor, layout: WindowLayout) -> Tensor:
    """Cut tokens into windows.

    Args:
        tokens: (..., L, D) tokens in row-major order; (..., L + 1, D) if the layout is
            padded, the last being the token that fills the padding.
        layout: The map's layout.

    Returns:
        (..., nW, window², D), contiguous.
    """
    windows = _Partition.apply(tokens, layout)
    return windows.unflatten(-2, (layout.num_windows, layout.window**2))


def merge_windows(windows: Tensor, layout: WindowLayout) -> Tensor:
    """Put windows back together: the inverse of `partition_windows`, less the padding.

    Args:
        windows: (..., nW, window², D).
        layout: The map's layout.

    Returns:
        (..., L, D).
    """
    return _Merge.apply(windows.flatten(-3, -2), layout)


class _Partition(torch.autograd.Function):
    """Gather tokens into places; the gradient gathers places into tokens."""

    @staticmethod
    def forward(ctx: Any, tokens: Tensor, layout: WindowLayout) -> Tensor:
        ctx.layout = layout
        return tokens.index_select(-2, layout.source)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        layout = ctx.layout
        if not layout.padded:
            return grad.index_select(-2, layout.place), None
        # One row more for the filling token: gathered from anywhere, then set.
        rows = torch.cat((layout.place, layout.padding[:1]))
        tokens = grad.index_select(-2, rows)
        filler = grad.index_select(-2, layout.padding)
        tokens.select(-2, -1).copy_(filler.sum(-2))
        return tokens, None


class _Merge(torch.autograd.Function):
    """Gather places into tokens; the gradient of a padded place is zero."""

    @staticmethod
    def forward(ctx: Any, windows: Tensor, layout: WindowLayout) -> Tensor:
        ctx.layout = layout
        return windows.index_select(-2, layout.place)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        layout = ctx.layout
        if layout.padded:
            grad = F.pad(grad, (0, 0, 0, 1))
        return grad.index_select(-2, layout.source), None
