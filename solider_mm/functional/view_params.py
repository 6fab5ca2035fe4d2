"""Parameters of the augmentation that makes one view of an image.

They are sampled where the image is loaded, from the sample's own seed, so that a view
does not depend on where it is rendered: in a worker process, image by image, or on the
training device, batch by batch.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["COLOR_ORDERS", "ViewParams", "params_to_tensor"]

COLOR_ORDERS = tuple(
    permutations(("brightness", "contrast", "saturation", "hue"))
)  # 24
"""All orders of the four color changes."""


class ViewParams(NamedTuple):
    """Parameters of one view.

    Attributes:
        top: First row of the cropped box, in pixels of the image.
        left: First column of the box.
        height: Rows of the box.
        width: Columns of the box.
        flip: Whether left and right are swapped.
        order: Index into `COLOR_ORDERS`.
        brightness: Factor of the pixels; 1 changes nothing.
        contrast: Factor of the distance to the view's mean gray.
        saturation: Factor of the distance to each pixel's gray.
        hue: Turns of the color wheel, −0.5 to 0.5; 0 changes nothing.
        gray: Whether the color is removed.
        blur: Standard deviation of a Gaussian, in pixels of the view; 0 for none.
        solarize: Whether pixels of 128 or more are inverted.
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


def params_to_tensor(params: Sequence[ViewParams]) -> Tensor:
    """Pack the parameters of V views.

    Args:
        params: Parameters of each view.

    Returns:
        Table (V, 13), float32, with one column per attribute.
    """
    return torch.tensor([[float(value) for value in view] for view in params])
