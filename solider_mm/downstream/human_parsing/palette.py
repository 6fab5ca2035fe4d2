"""Colours of classes that have none of their own."""

import colorsys

from solider_mm.visualization.palette import BACKGROUND, PART_COLOURS

__all__ = ["COARSE_PALETTE", "class_palette"]

RGB = tuple[int, int, int]

COARSE_PALETTE: tuple[RGB, ...] = (BACKGROUND, *PART_COLOURS[:7])
"""Background, then seven colours that colour-blind readers can tell apart."""

_GOLDEN_TURN = 0.618034  # of the hue: neighbours in the list lie far apart


def class_palette(count: int) -> tuple[RGB, ...]:
    """Colours of many classes; the first is the background's.

    Args:
        count: Classes, background included.

    Returns:
        RGB of each, 0…255.
    """
    colours = [BACKGROUND]
    for number in range(1, count):
        hue = number * _GOLDEN_TURN % 1.0
        rgb = colorsys.hsv_to_rgb(
            hue, 0.5 + 0.5 * (number % 2), 1 - 0.15 * (number % 3)
        )
        red, green, blue = (round(255 * part) for part in rgb)
        colours.append((red, green, blue))
    return tuple(colours[:count])
