"""Colors of cloth, skin and hair, RGB 0…255."""

from numpy.random import Generator

from solider_mm.synthetic.rasterize import Color

CLOTH: dict[str, Color] = {
    "black": (34, 34, 38),
    "white": (232, 230, 226),
    "gray": (128, 128, 132),
    "silver": (182, 184, 188),
    "navy": (34, 44, 92),
    "blue": (48, 92, 178),
    "sky": (132, 178, 222),
    "denim": (70, 92, 132),
    "red": (192, 38, 42),
    "maroon": (112, 28, 40),
    "orange": (226, 122, 34),
    "yellow": (232, 202, 62),
    "green": (46, 132, 68),
    "olive": (104, 106, 58),
    "teal": (32, 128, 132),
    "purple": (112, 56, 142),
    "pink": (232, 142, 172),
    "brown": (108, 72, 46),
    "beige": (206, 186, 152),
    "khaki": (166, 146, 104),
}

LOWER_NAMES = (
    "black",
    "black",
    "gray",
    "navy",
    "navy",
    "denim",
    "denim",
    "khaki",
    "beige",
    "olive",
    "brown",
    "white",
    "maroon",
    "blue",
    "red",
    "teal",
)

SKIN: tuple[Color, ...] = (
    (244, 212, 188),
    (232, 190, 160),
    (214, 168, 132),
    (184, 132, 96),
    (140, 94, 66),
    (94, 62, 46),
)

HAIR: tuple[Color, ...] = (
    (26, 22, 22),
    (34, 28, 26),
    (58, 40, 30),
    (98, 66, 42),
    (186, 148, 88),
    (142, 72, 40),
)

GRAY_HAIR: tuple[Color, ...] = ((176, 176, 178), (214, 212, 208), (128, 126, 126))


def jitter(rng: Generator, color: Color, amount: float = 12.0) -> Color:
    """Move a color a little: brightness together, hue apart.

    Args:
        rng: Generator.
        color: RGB 0…255.
        amount: Standard deviation of the brightness in gray levels.

    Returns:
        The moved color, clipped to 8…247.
    """
    shift = rng.normal(0.0, amount) + rng.normal(0.0, amount / 3, 3)
    red, green, blue = (
        float(min(247.0, max(8.0, channel + move)))
        for channel, move in zip(color, shift, strict=True)
    )
    return (red, green, blue)


def cloth(rng: Generator, names: tuple[str, ...] = tuple(CLOTH)) -> Color:
    """Choose a cloth color among `names` and jitter it."""
    return jitter(rng, CLOTH[names[int(rng.integers(len(names)))]])


def blend(first: Color, second: Color, weight: float) -> Color:
    """Mix two colors, `weight` of the second."""
    red, green, blue = (
        (1 - weight) * a + weight * b for a, b in zip(first, second, strict=True)
    )
    return (red, green, blue)


def lightness(color: Color) -> float:
    """Return the luma of a color, 0…255."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def contrasting(rng: Generator, color: Color, least: float = 60.0) -> Color:
    """Choose a cloth color that stands out from `color` by `least` gray levels."""
    for _ in range(8):
        other = cloth(rng)
        if abs(lightness(other) - lightness(color)) >= least:
            return other
    return CLOTH["white"] if lightness(color) < 128 else CLOTH["black"]
