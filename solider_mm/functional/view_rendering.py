"""Render views from their parameters, a whole batch on its device."""

from torch import Tensor

from solider_mm.functional.crop_resize import crop_resize
from solider_mm.functional.device_copy import copy_to_device
from solider_mm.functional.gaussian_blur import gaussian_blur
from solider_mm.functional.view_color import jitter_color, luminance, solarize
from solider_mm.functional.view_params import ViewParams

__all__ = ["render_views"]

_COLUMN = {name: index for index, name in enumerate(ViewParams._fields)}


def render_views(images: Tensor, draws: Tensor, size: tuple[int, int]) -> Tensor:
    """Render V views of one size of every image.

    Crop, mirror, colors, gray, blur and solarization are those of `RenderViews`, which
    runs in a worker, without rounding to 8 bits in between.

    Args:
        images: RGB images (B, 3, H, W), 0…255; smaller ones are padded at the bottom
            and right.
        draws: Rows (V, B, 13) of `ViewParams`, on the CPU.
        size: Size (h, w) of the views.

    Returns:
        Views (V, B, 3, h, w), float32, 0…255.

    Raises:
        ValueError: If a shape does not fit.
    """
    if draws.dim() != 3 or draws.shape[1:] != (len(images), len(_COLUMN)):
        raise ValueError(
            f"draws have shape {tuple(draws.shape)}, expected (V, {len(images)}, "
            f"{len(_COLUMN)}): V draws for every image"
        )
    flip = draws[..., _COLUMN["flip"]] > 0
    views = crop_resize(images.float(), draws[..., :4], flip, size)
    table = draws.flatten(0, 1)  # (V·B, 13)
    views = views.flatten(0, 1).clamp(0, 255)  # (V·B, 3, h, w)
    views = jitter_color(views, table)
    for name in ("gray", "blur", "solarize"):
        numbers = table[:, _COLUMN[name]]
        rows = (numbers > 0).nonzero().flatten()
        if len(rows) == 0:
            continue
        place = copy_to_device(rows, views.device)
        chosen = views[place]
        if name == "gray":
            changed = luminance(chosen).expand_as(chosen)
        elif name == "blur":
            changed = gaussian_blur(chosen, numbers[rows])
        else:
            changed = solarize(chosen)
        views = views.index_copy(0, place, changed)
    return views.unflatten(0, draws.shape[:2])
