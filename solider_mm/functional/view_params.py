"""The numbers that one augmented view of an image is made from.

They are drawn where the image is loaded, from the sample's own seed, so that a view is
the same whoever renders it: a worker process, image by image, or the training device,
batch by batch.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["COLOR_ORDERS", "ViewParams", "params_to_tensor", "tensor_to_params"]

COLOR_ORDERS = tuple(
    permutations(("brightness", "contrast", "saturation", "hue"))
)  # 24
"""The orders in which the four color changes may follow each other."""


class ViewParams(NamedTuple):
    """One draw of a view.

    Attributes:
        top: First row of the cropped box, in pixels of the image.
        left: First column.
        height: Rows of the box.
        width: Columns.
        flip: Mirror left and right.
        order: Number of an entry of `COLOR_ORDERS`.
        brightness: Factor of the pixels; 1 changes nothing.
        contrast: Factor of the distance to the view's mean gray.
        saturation: Factor of the distance to each pixel's gray.
        hue: Turns of the color wheel, −0.5 to 0.5; 0 changes nothing.
        gray: Take the color away.
        blur: Standard deviation of a Gaussian, in pixels of the view; 0 for none.
        solarize: Invert what is 128 or brighter.
    """

    top: int
    left: int
    height: int
    width: int
    flip: bool = False
    order: int = 0
    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue: float = 0.0
    gray: bool = False
    blur: float = 0.0
    solarize: bool = False


def params_to_tensor(draws: Sequence[ViewParams]) -> Tensor:
    """Pack V draws.

    Args:
        draws: V draws.

    Returns:
        ``(V, 13)`` float32, a column per attribute.
    """
    return torch.tensor([[float(value) for value in draw] for draw in draws])


def tensor_to_params(table: Tensor) -> list[ViewParams]:
    """Unpack what `params_to_tensor` packed.

    Args:
        table: ``(V, 13)``.

    Returns:
        V draws; floats are as precise as float32.
    """
    kinds = ViewParams.__annotations__.values()
    return [
        ViewParams(*(kind(value) for kind, value in zip(kinds, row, strict=True)))
        for row in table.tolist()
    ]
