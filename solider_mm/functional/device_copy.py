"""Copies of small tensors to the device that do not wait for the device."""

import torch
from torch import Tensor

__all__ = ["copy_to_device"]


def copy_to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a CPU tensor to a device.

    From ordinary memory such a copy first waits until the GPU has done all earlier
    work; from pinned memory it is queued behind that work.

    Args:
        tensor: Tensor on the CPU, or already on the device.
        device: Target device.

    Returns:
        The tensor on the device.
    """
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
