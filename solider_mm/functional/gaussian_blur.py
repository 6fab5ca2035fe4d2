"""Gaussian blur of many views at once, each with its own deviation."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.functional.device_copy import copy_to_device

__all__ = ["gaussian_blur"]


def gaussian_blur(views: Tensor, deviation: Tensor) -> Tensor:
    """Blur the rows, then the columns; the edges are mirrored.

    Args:
        views: Views (N, C, h, w), floating point.
        deviation: Standard deviations (N,) in pixels, above 0, on the CPU. The largest
            one sets the size of the kernel, three deviations to each side.

    Returns:
        Blurred views (N, C, h, w).

    Raises:
        ValueError: If a deviation is not above 0, or their number is not N.
    """
    if deviation.shape != views.shape[:1] or not bool((deviation > 0).all()):
        raise ValueError(
            f"deviation={deviation.tolist()} for {len(views)} views: expected one "
            "number above 0 for each"
        )
    if len(views) == 0:
        return views
    reach = math.ceil(3 * float(deviation.max()))
    offset = torch.arange(-reach, reach + 1, device=views.device)
    spread = copy_to_device(deviation.float(), views.device)[:, None]
    kernel = torch.exp(-0.5 * (offset / spread).square())  # (N, 2·reach + 1)
    kernel = kernel.where(offset.abs() <= torch.ceil(3 * spread), 0)
    kernel = (kernel / kernel.sum(1, keepdim=True)).to(views.dtype)
    count, channels, height, width = views.shape
    planes = views.reshape(1, count * channels, height, width)
    weight = kernel.repeat_interleave(channels, 0)[:, None]  # (N·C, 1, 2·reach + 1)
    for dim, filters in ((2, weight[..., None]), (3, weight[..., None, :])):
        planes = _mirror(planes, reach, dim)
        planes = F.conv2d(planes, filters, groups=count * channels)
    return planes.view_as(views)


def _mirror(planes: Tensor, reach: int, dim: int) -> Tensor:
    """Pad one dimension by its mirror image, without repeating the edge.

    It is a gather, because the padding may be wider than the view, which `F.pad`
    refuses.
    """
    length = planes.shape[dim]
    place = torch.arange(-reach, length + reach, device=planes.device).abs()
    period = max(2 * (length - 1), 1)
    place = place % period
    return planes.index_select(dim, torch.minimum(place, period - place) % length)
