"""Colors that color-blind readers can distinguish.

Source: M. Okabe and K. Ito, "Color Universal Design" (2008), the eight-color set.
"""

__all__ = ["BACKGROUND", "PART_COLORS", "as_hex"]

RGB = tuple[int, int, int]

PART_COLORS: tuple[RGB, ...] = (
    (230, 159, 0),  # orange
    (86, 180, 233),  # sky blue
    (0, 158, 115),  # bluish green
    (204, 121, 167),  # reddish purple
    (240, 228, 66),  # yellow
    (0, 114, 178),  # blue
    (213, 94, 0),  # vermilion
    (255, 255, 255),  # instead of black, which dimmed backgrounds use
)
"""RGB of part 1…8, top to bottom."""

BACKGROUND: RGB = (64, 64, 64)


def as_hex(color: RGB) -> str:
    """Write a color as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)
