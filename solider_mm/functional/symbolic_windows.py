"""Windows of a map whose size is a symbol: pad, roll and reshape, with no index.

They are the windows of `functional.windows`, written for `torch.export` with dynamic
height and width, where a layout cannot be looked up by size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.functional.map_size import ceil_divide
from solider_mm.functional.windows import MASKED

__all__ = ["cut_windows", "join_windows", "shift_mask"]


def cut_windows(maps: Tensor, window: int, shift: int) -> Tensor:
    """Pad with zeros at the bottom and right, roll, and cut.

    Args:
        maps: Maps (B, H, W, C).
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left.

    Returns:
        Windows (B, rows, columns, window², C).
    """
    height, width = maps.shape[1:3]
    rows, columns = ceil_divide(height, window), ceil_divide(width, window)
    bottom, right = rows * window - height, columns * window - width
    maps = F.pad(maps, (0, 0, 0, right, 0, bottom))
    if shift:
        maps = maps.roll((-shift, -shift), (1, 2))
    maps = maps.unflatten(2, (columns, window)).unflatten(1, (rows, window))
    return maps.transpose(2, 3).flatten(3, 4)


def join_windows(windows: Tensor, size: tuple[int, int], shift: int) -> Tensor:
    """Undo `cut_windows`.

    Args:
        windows: Windows (B, rows, columns, window², C).
        size: Size (H, W) of the map.
        shift: Tokens by which the padded map was rolled up and left.

    Returns:
        Maps (B, H, W, C).
    """
    window = int(windows.shape[3] ** 0.5)
    maps = windows.unflatten(3, (window, window)).transpose(2, 3)
    maps = maps.flatten(3, 4).flatten(1, 2)  # (B, padded H, padded W, C)
    if shift:
        maps = maps.roll((shift, shift), (1, 2))
    return maps[:, : size[0], : size[1]]


def shift_mask(
    size: tuple[int, int], window: int, shift: int, device: torch.device
) -> Tensor:
    """Additive mask between tokens that are neighbors only after the roll.

    Args:
        size: Size (H, W) of the map.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left.
        device: Device of the mask.

    Returns:
        Mask (rows · columns, window², window²).
    """
    rows, columns = (ceil_divide(side, window) for side in size)
    # The last rows and columns come from the other end of the map.
    below, beside = (
        (torch.arange(count * window, device=device) >= count * window - shift).int()
        for count in (rows, columns)
    )
    region = 2 * below[:, None] + beside[None, :]  # (padded H, padded W)
    region = region.unflatten(1, (columns, window)).unflatten(0, (rows, window))
    region = region.transpose(1, 2).flatten(2).flatten(0, 1)  # (windows, window²)
    return MASKED * (region[:, :, None] != region[:, None, :]).float()
