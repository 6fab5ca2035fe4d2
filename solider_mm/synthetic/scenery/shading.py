"""Shadows of people on the ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.figure.posed_figure import Figure


def shade_ground(
    picture: NDArray[np.float32], figure: Figure, left: int = 0, top: int = 0
) -> None:
    """Darken the ground at a figure's feet, opposite to the light, in place.

    Args:
        picture: ``(H, W, 3)`` float32 RGB.
        figure: The figure.
        left: Column of the picture where the figure's canvas begins.
        top: Row of the picture where the figure's canvas begins.
    """
    scale = figure.view.scale
    feet = figure.flat["left_ankle"] + figure.flat["right_ankle"]
    x = left + 0.5 * feet[0] - 0.1 * figure.light * scale
    y = top + 0.5 * feet[1] + 0.025 * scale
    wide, tall = round(0.4 * scale), max(3, round(0.12 * scale))
    x1, y1 = max(0, round(x) - wide), max(0, round(y) - tall)
    region = picture[y1 : max(0, round(y) + tall), x1 : max(0, round(x) + wide)]
    if region.size == 0:
        return
    shadow = np.zeros(region.shape[:2], dtype=np.float32)
    center = (round(x) - x1, round(y) - y1)
    axes = (round(0.24 * scale), max(1, round(0.05 * scale)))
    cv2.ellipse(shadow, center, axes, 0, 0, 360, 0.4, -1)
    soft = np.asarray(
        cv2.GaussianBlur(shadow, (0, 0), max(0.6, 0.015 * scale)), dtype=np.float32
    )
    region *= 1 - soft[..., None]
