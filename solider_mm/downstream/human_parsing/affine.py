"""Geometry of a person crop: whole image in, one fixed size out, and back.

Points are pixel centers. The outermost pixel centers of the person's box fall on those
of the crop, so an image that is only scaled is sampled as by `align_corners=True`.
"""

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["crop_matrix", "fit_box", "unwarp_labels", "warp"]

Matrix = NDArray[np.float64]
Size = tuple[int, int]


def fit_box(shape: Size, size: Size) -> tuple[tuple[float, float], float]:
    """Enlarge the box of a whole image to the aspect ratio of the crop.

    Args:
        shape: (H, W) of the image.
        size: (H, W) of the crop.

    Returns:
        The center (x, y), not rounded, and the width of the box, in pixels.

    Source:
        docs/reference.md §8.4. The center stays a real number (docs/reference.md §H7).
    """
    height, width = (max(side - 1.0, 1.0) for side in shape)
    center = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    return center, max(width, height * size[1] / size[0])


def crop_matrix(
    center: tuple[float, float],
    width: float,
    size: Size,
    *,
    angle: float = 0.0,
) -> Matrix:
    """The similarity that takes a box of the image to the crop.

    Args:
        center: (x, y) of the box.
        width: Of the box, in pixels.
        size: (H, W) of the crop.
        angle: Degrees by which the person turns clockwise in the crop.

    Returns:
        (2, 3), from image to crop coordinates (x, y).
    """
    scale = (size[1] - 1) / width
    cosine, sine = (scale * f(math.radians(angle)) for f in (math.cos, math.sin))
    linear = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    return np.column_stack([linear, middle - linear @ np.asarray(center)])


def warp(
    image: NDArray[np.uint8], matrix: Matrix, size: Size, *, border: int, nearest: bool
) -> NDArray[np.uint8]:
    """Take an image to the crop.

    Args:
        image: (H, W) or (H, W, 3).
        matrix: As `crop_matrix` gives it.
        size: (H, W) of the crop.
        border: Value of what lies outside the image.
        nearest: Take the nearest pixel (labels) instead of interpolating (images).

    Returns:
        (h, w) or (h, w, 3).
    """
    flags = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    values = (border, border, border)
    crop = cv2.warpAffine(image, matrix, size[::-1], flags=flags, borderValue=values)
    return cast(NDArray[np.uint8], crop)


def unwarp_labels(
    labels: NDArray[np.uint8], matrix: Matrix, shape: Size
) -> NDArray[np.uint8]:
    """Take the labels of a crop back to its image; 0 where the crop does not reach.

    Args:
        labels: (h, w) of the crop.
        matrix: What took the image to the crop.
        shape: (H, W) of the image.

    Returns:
        (H, W).

    Source:
        docs/reference.md §8.6; without the half-pixel shift of docs/reference.md §H7.
    """
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    image = cv2.warpAffine(labels, matrix, shape[::-1], flags=flags, borderValue=0)
    return cast(NDArray[np.uint8], image)
