"""Adaptive average pooling as a matrix product, for maps of any size.

Exporters need the size of the map for torch's own.
"""

from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["MatrixAdaptivePool", "replace_adaptive_pooling"]


class MatrixAdaptivePool(nn.Module):
    """`nn.AdaptiveAvgPool2d` whose bins are computed in the graph.

    Args:
        side: Side of the output.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, maps: Tensor) -> Tensor:
        """Pool maps (B, C, H, W) into (B, C, side, side)."""
        rows = self._bins(maps.shape[2], maps)
        columns = self._bins(maps.shape[3], maps)
        return rows @ maps @ columns.T

    def _bins(self, length: int, like: Tensor) -> Tensor:
        """Share of each place in each bin, (side, length)."""
        place = torch.arange(length, device=like.device)
        number = torch.arange(self.side, device=like.device)[:, None]
        start = number * length // self.side
        stop = ((number + 1) * length + self.side - 1) // self.side
        inside = ((place >= start) & (place < stop)).to(like.dtype)
        return inside / (stop - start).to(like.dtype)


def replace_adaptive_pooling(model: nn.Module) -> None:
    """Replace torch's adaptive pooling everywhere in a model.

    Args:
        model: Model, changed in place.
    """
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.AdaptiveAvgPool2d):
                setattr(module, name, MatrixAdaptivePool(_side(child)))


def _side(pool: nn.AdaptiveAvgPool2d) -> int:
    side: Any = pool.output_size
    if isinstance(side, int):
        return side
    sides = set(side)
    if len(sides) != 1 or None in sides:
        raise ValueError(
            f"adaptive pooling to {side} cannot be exported: expected a square"
        )
    return int(sides.pop())
