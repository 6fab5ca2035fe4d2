"""The 59 labels of clothing-co-parsing, and eight coarse ones made of them."""

__all__ = ["COARSE", "COARSE_CLASSES", "FINE_CLASSES", "coarse_of"]

_FINE = (
    "null accessories bag belt blazer blouse bodysuit boots bra bracelet cape cardigan "
    "clogs coat dress earrings flats glasses gloves hair hat heels hoodie intimate "
    "jacket jeans jumper leggings loafers necklace panties pants pumps purse ring "
    "romper sandals scarf shirt shoes shorts skin skirt sneakers socks stockings suit "
    "sunglasses sweater sweatshirt swimwear t-shirt tie tights top vest wallet watch "
    "wedges"
)
FINE_CLASSES = tuple(_FINE.split())
"""Names in the order of `label_list.mat`; the position is the value in a label map."""

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
"""Labels of each coarse class, by where on the body they are worn.

Most of the 59 labels are on few photos, some on none. The coarse classes are common
enough to be learned from some hundred photos: face, arms and legs are one class (the
labels do not tell them apart), what covers trunk and legs in one piece is a dress, and
what is carried or worn as an accessory is one class.
"""

COARSE_CLASSES = tuple(COARSE)


def coarse_of() -> dict[int, int]:
    """Coarse class of every value in a label map."""
    return {
        FINE_CLASSES.index(name): number
        for number, names in enumerate(COARSE.values())
        for name in names.split()
    }
