"""Uninformative noise background: fine noise in every color, new in every picture."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness

Picture = NDArray[np.float32]

_GRAIN = 1.5 / 128  # deviation of the smoothing, in heights of the picture
_STRENGTH = 41.0  # deviation of the colors, in gray levels


def paint_noise(rng: Generator, size: tuple[int, int]) -> Picture:
    """Paint noise with grains far smaller than a limb.

    The noise is different everywhere and statistically the same in all pictures, so
    the person is all that two views of a picture share and other pictures lack.

    Args:
        rng: Generator of the shot.
        size: ``(H, W)``.

    Returns:
        ``(H, W, 3)`` float32 RGB, about 0…255.
    """
    grains = np.stack([randomness.grains(rng, size) for _ in range(3)], axis=-1)
    smooth = cv2.GaussianBlur(grains, (0, 0), max(0.5, _GRAIN * size[0]))
    painted: Picture = (127.0 + _STRENGTH / smooth.std() * smooth).astype(np.float32)
    return painted
