"""Colors of classes that have none of their own."""

import colorsys

from solider_mm.visualization.palette import BACKGROUND, PART_COLORS

__all__ = ["COARSE_PALETTE", "class_palette"]

RGB = tuple[int, int, int]

COARSE_PALETTE: tuple[RGB, ...] = (BACKGROUND, *PART_COLORS[:7])
"""Background, then seven colors that color-blind readers can tell apart."""

_GOLDEN_TURN = 0.618034  # of the hue: neighbors in the list lie far apart


def class_palette(count: int) -> tuple[RGB, ...]:
    """Colors of many classes; the first is the background's.

    Args:
        count: Classes, background included.

    Returns:
        RGB of each, 0…255.
    """
    colors = [BACKGROUND]
    for number in range(1, count):
        hue = number * _GOLDEN_TURN % 1.0
        rgb = colorsys.hsv_to_rgb(
            hue, 0.5 + 0.5 * (number % 2), 1 - 0.15 * (number % 3)
        )
        red, green, blue = (round(255 * part) for part in rgb)
        colors.append((red, green, blue))
    return tuple(colors[:count])
