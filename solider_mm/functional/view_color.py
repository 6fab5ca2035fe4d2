"""Color augmentation of many views at once, each with its own parameters."""

import torch
from torch import Tensor

from solider_mm.functional.device_copy import copy_to_device
from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams

__all__ = ["jitter_color", "luminance", "shift_hue", "solarize"]

_COLUMN = {name: index for index, name in enumerate(ViewParams._fields)}
# A blend is factor · view + (1 − factor) · target. The target is the sum of each
# pixel's gray and the view's mean gray, weighted by these two numbers.
_TARGETS = {"brightness": (0.0, 0.0), "contrast": (0.0, 1.0), "saturation": (1.0, 0.0)}


def luminance(views: Tensor) -> Tensor:
    """Gray of every pixel.

    Args:
        views: RGB views (N, 3, h, w).

    Returns:
        Gray views (N, 1, h, w), by the weights of ITU-R 601.
    """
    red, green, blue = views.unbind(1)
    return (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(1)


def jitter_color(views: Tensor, draws: Tensor) -> Tensor:
    """Change brightness, contrast, saturation and hue, in the order of each view.

    Args:
        views: RGB views (N, 3, h, w), floating point, 0…255.
        draws: Rows (N, 13) of `ViewParams`, on the CPU, so that the host knows without
            waiting for the device which views a step changes.

    Returns:
        Views (N, 3, h, w), 0…255.
    """
    order = draws[:, _COLUMN["order"]].long()
    steps = torch.tensor([[_COLUMN[name] for name in names] for names in COLOR_ORDERS])
    for column in steps[order].unbind(1):  # (N,) of every turn
        factor = draws.gather(1, column[:, None]).squeeze(1)
        is_hue = column == _COLUMN["hue"]
        blended = (~is_hue & (factor != 1)).nonzero().flatten()
        if len(blended):
            views = _blend(views, blended, column[blended], factor[blended])
        turned = (is_hue & (factor != 0)).nonzero().flatten()
        if len(turned):
            rows, turns = (
                copy_to_device(values, views.device)
                for values in (turned, factor[turned])
            )
            views = views.index_copy(0, rows, shift_hue(views[rows], turns.to(views)))
    return views


def _blend(views: Tensor, rows: Tensor, column: Tensor, factor: Tensor) -> Tensor:
    """Blend the views of some rows with their targets; parameters are on the CPU."""
    shares = torch.zeros(len(rows), 2)
    for name, share in _TARGETS.items():
        shares[column == _COLUMN[name]] = torch.tensor(share)
    numbers = torch.cat([factor[:, None], (1 - factor[:, None]) * shares], 1)
    numbers = copy_to_device(numbers, views.device).to(views.dtype)
    factor, own, mean = numbers.view(-1, 3, 1, 1, 1).unbind(1)  # (n, 1, 1, 1)
    rows = copy_to_device(rows, views.device)
    chosen = views[rows]
    gray = luminance(chosen)
    target = own * gray + mean * gray.mean((2, 3), keepdim=True).round()
    return views.index_copy(0, rows, (factor * chosen + target).clamp(0, 255))


def shift_hue(views: Tensor, turns: Tensor) -> Tensor:
    """Rotate the hue; the largest and smallest channel value of a pixel stay.

    Args:
        views: RGB views (N, 3, h, w), not negative.
        turns: Turns of the color wheel (N,), −0.5…0.5.

    Returns:
        Views (N, 3, h, w).
    """
    red, green, blue = views.unbind(1)
    value = views.amax(1)
    chroma = value - views.amin(1)
    unit = torch.where(chroma > 0, chroma, 1)
    sextant = torch.where(
        value == red,
        (green - blue) / unit,
        torch.where(value == green, 2 + (blue - red) / unit, 4 + (red - green) / unit),
    )  # (N, h, w), −1…5
    sextant = sextant + 6 * turns.view(-1, 1, 1)
    channels = []
    for first in (5, 3, 1):
        place = torch.remainder(sextant + first, 6)
        share = torch.minimum(place, 4 - place).clamp(0, 1)
        channels.append(value - chroma * share)
    return torch.stack(channels, 1)


def solarize(views: Tensor) -> Tensor:
    """Invert pixels of 128 or more.

    Args:
        views: Views (N, 3, h, w), 0…255.

    Returns:
        Views (N, 3, h, w).
    """
    return torch.where(views < 128, views, 255 - views)
