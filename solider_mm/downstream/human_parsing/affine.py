"""Geometry of a person crop and of its inverse for label maps.

Points are pixel centers. The outermost pixel centers of the person box fall on those
of the crop, so an image that is only scaled is sampled as with `align_corners=True`.
"""

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["CropBox", "crop_matrix", "fit_box", "unwarp_labels", "warp"]

Matrix = NDArray[np.float64]
Size = tuple[int, int]


@dataclass(frozen=True)
class CropBox:
    """Box with the aspect ratio of the crop.

    Attributes:
        center: Center (x, y) in pixels, not rounded.
        width: Width in pixels.
    """

    center: tuple[float, float]
    width: float


def fit_box(shape: Size, size: Size) -> CropBox:
    """Enlarge the box of a whole image to the aspect ratio of the crop.

    Args:
        shape: Image size (H, W).
        size: Crop size (H, W).

    Returns:
        Enlarged box.

    Source:
        docs/reference.md §8.4. Unlike in the released code (docs/reference.md §H7),
        the center is not rounded (deviation 55).
    """
    height, width = (max(side - 1.0, 1.0) for side in shape)
    center = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    return CropBox(center, max(width, height * size[1] / size[0]))


def crop_matrix(box: CropBox, size: Size, *, angle: float = 0.0) -> Matrix:
    """Compute the similarity transform from image to crop.

    Args:
        box: Box of the image that fills the crop.
        size: Crop size (H, W).
        angle: Clockwise rotation of the person in the crop, in degrees.

    Returns:
        Matrix (2, 3) from image to crop coordinates (x, y).
    """
    scale = (size[1] - 1) / box.width
    cosine, sine = (scale * f(math.radians(angle)) for f in (math.cos, math.sin))
    linear = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    return np.column_stack([linear, middle - linear @ np.asarray(box.center)])


def warp(
    image: NDArray[np.uint8], matrix: Matrix, size: Size, *, border: int, nearest: bool
) -> NDArray[np.uint8]:
    """Warp an image to the crop.

    Args:
        image: Image or label map, (H, W) or (H, W, 3).
        matrix: Matrix of `crop_matrix`.
        size: Crop size (h, w).
        border: Value outside of the image.
        nearest: Whether to sample the nearest pixel (labels) instead of interpolating
            (images).

    Returns:
        Crop, (h, w) or (h, w, 3).
    """
    flags = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    values = (border, border, border)
    crop = cv2.warpAffine(image, matrix, size[::-1], flags=flags, borderValue=values)
    return cast(NDArray[np.uint8], crop)


def unwarp_labels(
    labels: NDArray[np.uint8], matrix: Matrix, shape: Size
) -> NDArray[np.uint8]:
    """Warp the labels of a crop back to its image.

    Args:
        labels: Label map of the crop, (h, w).
        matrix: Matrix of `crop_matrix` from image to crop.
        shape: Image size (H, W).

    Returns:
        Label map of the image, (H, W), 0 outside of the crop.

    Source:
        docs/reference.md §8.6, without the half-pixel shift of the released code
        (docs/reference.md §H7, deviation 55).
    """
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    image = cv2.warpAffine(labels, matrix, shape[::-1], flags=flags, borderValue=0)
    return cast(NDArray[np.uint8], image)
