"""Attribute values of an appearance in a view."""

import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.labels import ATTRIBUTE_NAMES, PA100K_ATTRIBUTES


def view_name(yaw: float) -> str:
    """Return the visible side: `Front`, `Side` or `Back`."""
    turned = abs((yaw + np.pi) % (2 * np.pi) - np.pi)
    return (
        "Front" if turned < np.pi / 4 else "Side" if turned < 3 * np.pi / 4 else "Back"
    )


def _clothes(appearance: Appearance) -> dict[str, bool]:
    dress = appearance.upper == "dress"
    full = dress or appearance.upper == "jumpsuit"
    legs = not full
    pattern = appearance.upper_pattern
    return {
        "ShortSleeve": appearance.sleeve == "short",
        "LongSleeve": appearance.sleeve == "long",
        "UpperStride": pattern == "stripes",
        "UpperLogo": pattern == "logo",
        "UpperPlaid": pattern == "plaid",
        "UpperSplice": pattern == "splice",
        "LowerStripe": legs and appearance.lower_pattern == "columns",
        "LowerPattern": legs and appearance.lower_pattern == "dots",
        "LongCoat": appearance.upper == "coat",
        "Trousers": appearance.upper == "jumpsuit"
        or (legs and appearance.lower == "trousers"),
        "Shorts": legs and appearance.lower == "shorts",
        "Skirt&Dress": dress or (legs and appearance.lower == "skirt"),
        "boots": appearance.shoes == "boots",
        "Dress": dress,
        "Jumpsuit": appearance.upper == "jumpsuit",
        "Jacket": appearance.upper == "jacket",
    }


def attributes_of(appearance: Appearance, yaw: float) -> dict[str, int]:
    """Return the attributes of a person in a view.

    Args:
        appearance: Body, clothes and carried items.
        yaw: Direction of the body in radians, 0 toward the camera.

    Returns:
        0 or 1 for every name of :data:`ATTRIBUTE_NAMES`, in that order.
    """
    view = view_name(yaw)
    values = _clothes(appearance) | {
        "Female": appearance.female,
        "AgeOver60": appearance.age == "senior",
        "Age18-60": appearance.age == "adult",
        "AgeLess18": appearance.age == "child",
        "Front": view == "Front",
        "Side": view == "Side",
        "Back": view == "Back",
        "Hat": bool(appearance.hat),
        "Glasses": bool(appearance.glasses),
        "HandBag": appearance.hand_bag is not None,
        "ShoulderBag": appearance.shoulder_bag is not None,
        "Backpack": appearance.backpack is not None,
        "HoldObjectsInFront": appearance.held is not None,
        "LongHair": appearance.hair_style in ("long", "ponytail"),
        "Bald": appearance.hair_style == "bald",
        "Scarf": appearance.scarf is not None,
        "Gloves": appearance.gloves is not None,
        "Sunglasses": appearance.glasses == "sunglasses",
        "Phone": appearance.phone,
    }
    return {name: int(values[name]) for name in ATTRIBUTE_NAMES}


def pa100k_vector(attributes: dict[str, int]) -> NDArray[np.uint8]:
    """Return the (26,) values in the column order of PA100K's `annotation.mat`."""
    return np.array([attributes[name] for name in PA100K_ATTRIBUTES], dtype=np.uint8)
