"""Sizes of maps: plain numbers in training, symbols in an export of any size."""

import torch
from torch import Tensor

__all__ = ["ceil_divide", "corner_padding", "is_symbolic", "map_size"]


def map_size(maps: Tensor) -> tuple[int, int]:
    """Size of the last two dimensions.

    Args:
        maps: Maps (..., H, W).

    Returns:
        (H, W). In `torch.jit.trace`, which records one size, they are plain numbers; in
        `torch.export` with a dynamic height or width they are symbols.
    """
    height, width = maps.shape[-2:]
    if torch.jit.is_tracing():  # type: ignore[attr-defined]
        return int(height), int(width)
    return height, width


def is_symbolic(size: tuple[int, int]) -> bool:
    """Whether a size stands for several ones, so that no decision may depend on it.

    Args:
        size: Size (H, W) of a map.
    """
    return any(isinstance(side, torch.SymInt) for side in size)


def ceil_divide(length: int, divisor: int) -> int:
    """Quotient, rounded up.

    Written so that an exporter's symbols stay simple, unlike with negative numbers.

    Args:
        length: Number to divide.
        divisor: Divisor, at least 1.

    Returns:
        Quotient, rounded up.
    """
    return (length + divisor - 1) // divisor


def corner_padding(length: int, kernel: int, stride: int) -> int:
    """Number of rows to add so that a kernel starts at every multiple of the stride.

    Args:
        length: Number of rows (or columns) of the input.
        kernel: Number of rows of the kernel.
        stride: Distance between kernels.

    Returns:
        Number of rows to add at the end, at least 0.
    """
    padding = (ceil_divide(length, stride) - 1) * stride + kernel - length
    # With gaps between kernels the last rows may meet none.
    return padding if kernel >= stride else max(padding, 0)
