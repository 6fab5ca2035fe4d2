"""Classes, keypoints and attributes of the ground truth."""

import numpy as np

LIP_CLASSES = (
    "background",
    "hat",
    "hair",
    "glove",
    "sunglasses",
    "upper-clothes",
    "dress",
    "coat",
    "socks",
    "pants",
    "jumpsuits",
    "scarf",
    "skirt",
    "face",
    "left-arm",
    "right-arm",
    "left-leg",
    "right-leg",
    "left-shoe",
    "right-shoe",
)
"""The 20 classes of LIP; the index is the label in `parts`."""

COARSE_PARTS = ("background", "head", "upper body", "lower body")
"""Names of the values of `coarse_parts`; shoes belong to the lower body."""

KEYPOINT_NAMES = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""COCO's 17 keypoints in COCO's order."""

# 1-based joint pairs, as COCO writes them.
KEYPOINT_SKELETON = (
    (16, 14),
    (14, 12),
    (17, 15),
    (15, 13),
    (12, 13),
    (6, 12),
    (7, 13),
    (6, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (9, 11),
    (2, 3),
    (1, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
    (5, 7),
)

PA100K_ATTRIBUTES = (
    "Female",
    "AgeOver60",
    "Age18-60",
    "AgeLess18",
    "Front",
    "Side",
    "Back",
    "Hat",
    "Glasses",
    "HandBag",
    "ShoulderBag",
    "Backpack",
    "HoldObjectsInFront",
    "ShortSleeve",
    "LongSleeve",
    "UpperStride",
    "UpperLogo",
    "UpperPlaid",
    "UpperSplice",
    "LowerStripe",
    "LowerPattern",
    "LongCoat",
    "Trousers",
    "Shorts",
    "Skirt&Dress",
    "boots",
)
"""PA100K's 26 attributes in the column order of its `annotation.mat`."""

EXTRA_ATTRIBUTES = (
    "LongHair",
    "Bald",
    "Scarf",
    "Gloves",
    "Sunglasses",
    "Dress",
    "Jumpsuit",
    "Jacket",
    "Phone",
)

ATTRIBUTE_NAMES = PA100K_ATTRIBUTES + EXTRA_ATTRIBUTES
"""Keys of a synthetic pedestrian's `attributes`: PA100K's 26 first, then our own."""

# Components: the limb of each pixel, including what is worn on it.
HEAD, TORSO, LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG, SKIRT, CARRIED = range(1, 9)

# Coarse parts.
COARSE_HEAD, COARSE_UPPER, COARSE_LOWER = 1, 2, 3

_COARSE_OF_LIP = np.array(
    [0, 1, 1, 2, 1, 2, 2, 2, 3, 3, 2, 2, 3, 1, 2, 2, 3, 3, 3, 3], dtype=np.uint8
)


def coarse_part(label: int) -> int:
    """Return the coarse part that a LIP class usually belongs to.

    Dresses, coats and jumpsuits cover both halves of the body; `Paint.coarse` sets
    `COARSE_LOWER` for their lower half.

    Args:
        label: LIP label, 0…19.

    Returns:
        0 background, 1 head, 2 upper body or 3 lower body.
    """
    return int(_COARSE_OF_LIP[label])
