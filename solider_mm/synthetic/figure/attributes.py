"""From a look and a view to attribute values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.labels import ATTRIBUTE_NAMES, PA100K_ATTRIBUTES


def view_name(yaw: float) -> str:
    """Name the side that is seen: ``'Front'``, ``'Side'`` or ``'Back'``."""
    turned = abs((yaw + np.pi) % (2 * np.pi) - np.pi)
    return (
        "Front" if turned < np.pi / 4 else "Side" if turned < 3 * np.pi / 4 else "Back"
    )


def _clothes(look: Appearance) -> dict[str, bool]:
    dress = look.upper == "dress"
    full = dress or look.upper == "jumpsuit"
    legs = not full
    pattern = look.upper_pattern
    return {
        "ShortSleeve": look.sleeve == "short",
        "LongSleeve": look.sleeve == "long",
        "UpperStride": pattern == "stripes",
        "UpperLogo": pattern == "logo",
        "UpperPlaid": pattern == "plaid",
        "UpperSplice": pattern == "splice",
        "LowerStripe": legs and look.lower_pattern == "columns",
        "LowerPattern": legs and look.lower_pattern == "dots",
        "LongCoat": look.upper == "coat",
        "Trousers": look.upper == "jumpsuit" or (legs and look.lower == "trousers"),
        "Shorts": legs and look.lower == "shorts",
        "Skirt&Dress": dress or (legs and look.lower == "skirt"),
        "boots": look.shoes == "boots",
        "Dress": dress,
        "Jumpsuit": look.upper == "jumpsuit",
        "Jacket": look.upper == "jacket",
    }


def attributes_of(look: Appearance, yaw: float) -> dict[str, int]:
    """Tell the attributes of a person in a view.

    Args:
        look: Who it is.
        yaw: Direction of the body in radians, 0 toward the camera.

    Returns:
        0 or 1 for every name of :data:`ATTRIBUTE_NAMES`, in that order.
    """
    view = view_name(yaw)
    values = _clothes(look) | {
        "Female": look.female,
        "AgeOver60": look.age == "senior",
        "Age18-60": look.age == "adult",
        "AgeLess18": look.age == "child",
        "Front": view == "Front",
        "Side": view == "Side",
        "Back": view == "Back",
        "Hat": bool(look.hat),
        "Glasses": bool(look.glasses),
        "HandBag": look.hand_bag is not None,
        "ShoulderBag": look.shoulder_bag is not None,
        "Backpack": look.backpack is not None,
        "HoldObjectsInFront": look.held is not None,
        "LongHair": look.hair_style in ("long", "ponytail"),
        "Bald": look.hair_style == "bald",
        "Scarf": look.scarf is not None,
        "Gloves": look.gloves is not None,
        "Sunglasses": look.glasses == "sunglasses",
        "Phone": look.phone,
    }
    return {name: int(values[name]) for name in ATTRIBUTE_NAMES}


def pa100k_vector(attributes: dict[str, int]) -> NDArray[np.uint8]:
    """Give the ``(26,)`` values in the column order of PA100K's `annotation.mat`."""
    return np.array([attributes[name] for name in PA100K_ATTRIBUTES], dtype=np.uint8)
