"""Tokens of maps of several sizes in one tensor, and where their windows lie in it.

Linear layers and norms work on single tokens, so maps of all sizes share them: their
tokens lie one after the other in (T, C). Only attention cares about maps. For each
group of equal maps it gathers windows by one list of rows, and puts them together by
another. A map that is hardly larger than a window is one window of all its tokens and
one for the padding (`functional.whole_map`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from solider_mm.functional.layout_cache import cached_layout
from solider_mm.functional.whole_map import is_small_map
from solider_mm.functional.windows import window_layout

__all__ = ["MapGroup", "PackedLayout", "PackedMaps", "packed_layouts"]


@dataclass(frozen=True)
class MapGroup:
    """Maps of one size.

    Attributes:
        count: Number M of maps.
        size: Size (H, W) of each, in tokens.
    """

    count: int
    size: tuple[int, int]

    @property
    def num_tokens(self) -> int:
        """Number M · H · W of tokens."""
        return self.count * self.size[0] * self.size[1]


@dataclass(frozen=True)
class PackedMaps:
    """Order of the tokens of several groups of maps.

    Attributes:
        groups: Groups, whose tokens lie one after the other, map after map.
    """

    groups: tuple[MapGroup, ...]

    @property
    def lengths(self) -> list[int]:
        """Number of tokens of each group."""
        return [group.num_tokens for group in self.groups]

    def map_of_token(self, device: torch.device) -> Tensor:
        """Number of the map of each token, (T,) int64.

        Args:
            device: Device of the result.

        Returns:
            Numbers in 0…maps − 1.
        """
        return _map_of_token(self, device)


@dataclass(frozen=True, eq=False)
class PackedLayout:
    """Window places of the tokens of one group.

    Attributes:
        rows: Row of each window place among the T packed tokens, (M · nW · N,) int64;
            T stands for padding.
        places: Window place of each token of the group, (M · H · W,) int64.
        num_windows: Number nW of windows of a map.
        num_places: Number N of places of a window.
        masks: Additive mask (nW, N, N) of a shift; None if the bias contains it.
    """

    rows: Tensor
    places: Tensor
    num_windows: int
    num_places: int
    masks: Tensor | None


def packed_layouts(
    maps: PackedMaps, window: int, shift: int, device: torch.device
) -> list[PackedLayout]:
    """Window places of the tokens of each group, from a cache.

    Args:
        maps: Order of the tokens.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded maps are rolled up and left.
        device: Device of the index tensors.

    Returns:
        One layout per group.
    """
    total, first, layouts = sum(maps.lengths), 0, []
    for group in maps.groups:
        layouts.append(_layout(group, first, total, window, shift, device))
        first += group.num_tokens
    return layouts


@cached_layout
def _layout(
    group: MapGroup,
    first: int,
    total: int,
    window: int,
    shift: int,
    device: torch.device,
) -> PackedLayout:
    """Layout of a group whose first token is row `first` of `total`."""
    layout = window_layout(group.size, window, shift, device)
    length, masks = layout.num_tokens, None
    num_windows, num_places = layout.num_windows, window**2
    source, place = layout.source, layout.place
    if is_small_map(group.size, window):
        num_windows, num_places = 1, length + layout.padded
        source = torch.arange(num_places, device=device)  # row L is the padding
        place = source[:length]
    elif layout.masks is not None and layout.kinds is not None:
        masks = layout.masks[layout.kinds]
    number = torch.arange(group.count, device=device)[:, None]
    rows = torch.where(source < length, first + number * length + source, total)
    places = number * (num_windows * num_places) + place
    return PackedLayout(
        rows=rows.flatten(),
        places=places.flatten(),
        num_windows=num_windows,
        num_places=num_places,
        masks=masks,
    )


@cached_layout
def _map_of_token(maps: PackedMaps, device: torch.device) -> Tensor:
    """Number of the map of each token."""
    number, numbers = 0, []
    for group in maps.groups:
        own = torch.arange(number, number + group.count, device=device)
        numbers.append(own.repeat_interleave(group.size[0] * group.size[1]))
        number += group.count
    return torch.cat(numbers)
