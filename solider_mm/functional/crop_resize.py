"""Crop and resize a box of every image, a whole batch in two matrix products.

Bicubic interpolation with antialiasing is linear and separable: a view is
R · image · Cᵀ, where a row of R holds the weights that one row of the view gives to
the rows of the image. Only R and C depend on the box and the size of a view.
"""

import torch
from torch import Tensor

from solider_mm.functional.device_copy import copy_to_device

__all__ = ["crop_resize"]

_SHARPNESS = -0.5  # Keys' parameter, as in Pillow and in torch's antialiased bicubic


def crop_resize(
    images: Tensor, boxes: Tensor, flip: Tensor, size: tuple[int, int]
) -> Tensor:
    """Resize V boxes of every image to one size.

    Args:
        images: Images (B, 3, H, W), floating point; smaller ones are padded with any
            values at the bottom and right.
        boxes: Top, left, height and width (V, B, 4) in pixels, inside the image.
        flip: Views to mirror, (V, B) bool.
        size: Size (h, w) of the views.

    Returns:
        Views (V, B, 3, h, w) in the dtype of the images; the cubic kernel may overshoot
        their range.

    Raises:
        ValueError: If boxes or flip do not fit the images.
    """
    if boxes.dim() != 3 or boxes.shape[1:] != (len(images), 4):
        raise ValueError(
            f"boxes have shape {tuple(boxes.shape)}, expected (V, {len(images)}, 4): "
            "V boxes for every image"
        )
    if flip.shape != boxes.shape[:2]:
        raise ValueError(
            f"flip has shape {tuple(flip.shape)}, expected {tuple(boxes.shape[:2])}"
        )
    boxes = copy_to_device(boxes.float(), images.device)
    top, left, tall, wide = boxes.unbind(-1)
    height, width = images.shape[-2:]
    rows = _weights(top, tall, size[0], height)  # (V, B, h, H)
    columns = _weights(left, wide, size[1], width)  # (V, B, w, W)
    mirrored = copy_to_device(flip, images.device)[..., None, None]
    columns = torch.where(mirrored, columns.flip(2), columns)
    rows, columns = rows.to(images.dtype), columns.to(images.dtype)
    narrow = images @ columns.transpose(2, 3)[:, :, None]  # (V, B, 3, H, w)
    return rows[:, :, None] @ narrow  # (V, B, 3, h, w)


def _weights(start: Tensor, length: Tensor, target: int, source: int) -> Tensor:
    """Weights of the source pixels for every target pixel along one axis.

    Args:
        start: First pixel of the box, (...).
        length: Number of pixels of the box, (...).
        target: Number t of pixels of the view.
        source: Number s of pixels of the image.

    Returns:
        Weights (..., t, s), float32; every row adds up to 1.
    """
    scale = (length / target)[..., None, None]
    middle = torch.arange(target, device=start.device)[:, None] + 0.5  # (t, 1)
    pixel = torch.arange(source, device=start.device) - start[..., None, None]
    # A box larger than the view widens the kernel, against aliasing.
    distance = (pixel + 0.5 - middle * scale) / scale.clamp(min=1)  # (..., t, s)
    inside = (pixel >= 0) & (pixel < length[..., None, None])
    weights = torch.where(inside, _cubic(distance.abs()), 0)
    return weights / weights.sum(-1, keepdim=True)


def _cubic(distance: Tensor) -> Tensor:
    """Keys' cubic convolution kernel at non-negative distances."""
    a = _SHARPNESS
    near = ((a + 2) * distance - (a + 3)) * distance.square() + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    return torch.where(distance < 1, near, torch.where(distance < 2, far, 0))
