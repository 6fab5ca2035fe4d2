"""Classes and colors of clothing-co-parsing: 59 fine labels and 8 coarse classes."""

import colorsys

from solider_mm.visualization.palette import BACKGROUND, PART_COLORS

__all__ = [
    "COARSE",
    "COARSE_CLASSES",
    "COARSE_PALETTE",
    "FINE_CLASSES",
    "class_palette",
    "coarse_of",
]

RGB = tuple[int, int, int]

_FINE = (
    "null accessories bag belt blazer blouse bodysuit boots bra bracelet cape cardigan "
    "clogs coat dress earrings flats glasses gloves hair hat heels hoodie intimate "
    "jacket jeans jumper leggings loafers necklace panties pants pumps purse ring "
    "romper sandals scarf shirt shoes shorts skin skirt sneakers socks stockings suit "
    "sunglasses sweater sweatshirt swimwear t-shirt tie tights top vest wallet watch "
    "wedges"
)
FINE_CLASSES = tuple(_FINE.split())
"""Names in the order of `label_list.mat`; the index is the value in a label map."""

COARSE = {
    "background": "null",
    "hair": "hair",
    "skin": "skin",
    "upper-clothes": (
        "blazer blouse bra cape cardigan coat hoodie jacket jumper shirt suit sweater "
        "sweatshirt t-shirt top vest"
    ),
    "dress": "bodysuit dress intimate romper swimwear",
    "lower-clothes": "jeans leggings panties pants shorts skirt socks stockings tights",
    "shoes": "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
    "carried": (
        "accessories bag belt bracelet earrings glasses gloves hat necklace purse ring "
        "scarf sunglasses tie wallet watch"
    ),
}
"""Fine labels of each coarse class, grouped by where on the body they are worn.

Most of the 59 labels occur on few photos, some on none. The coarse classes occur often
enough to be learned from some hundred photos. Face, arms and legs are one class,
because the labels do not distinguish them. Clothes that cover trunk and legs in one
piece are a dress. Bags and accessories are one class.
"""

COARSE_CLASSES = tuple(COARSE)

COARSE_PALETTE: tuple[RGB, ...] = (BACKGROUND, *PART_COLORS[:7])
"""Color of the background and seven colors that are safe for color-blind readers."""

_GOLDEN_RATIO = 0.618034  # hue step, which separates neighboring classes


def coarse_of() -> dict[int, int]:
    """Map each value of a label map to its coarse class."""
    return {
        FINE_CLASSES.index(name): number
        for number, names in enumerate(COARSE.values())
        for name in names.split()
    }


def class_palette(count: int) -> tuple[RGB, ...]:
    """Generate distinct colors; the first is the background's.

    Args:
        count: Number of classes, background included.

    Returns:
        RGB of each class, 0…255.
    """
    colors = [BACKGROUND]
    for number in range(1, count):
        hue = number * _GOLDEN_RATIO % 1.0
        rgb = colorsys.hsv_to_rgb(
            hue, 0.5 + 0.5 * (number % 2), 1 - 0.15 * (number % 3)
        )
        red, green, blue = (round(255 * part) for part in rgb)
        colors.append((red, green, blue))
    return tuple(colors[:count])
