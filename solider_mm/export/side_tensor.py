"""Sizes of maps as tensors, since exporters take symbols in few places."""

import torch
from torch import Tensor

__all__ = ["side_tensor"]


def side_tensor(length: int, like: Tensor) -> Tensor:
    """Turn a height or width into a tensor.

    Args:
        length: Number of rows or columns, also a symbol.
        like: Tensor of the wanted type and device.

    Returns:
        The number, ().
    """
    places = torch.arange(length, device=like.device)
    return (places.amax(0) + 1).to(like.dtype)
