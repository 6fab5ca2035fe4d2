import pytest

from solider_mm.synthetic.figure import labels

# From the annotation of the real set: column order of the .mat, evaluated order.
EVALUATED = [7, 8, *range(13, 26), 9, 10, 11, 12, 1, 2, 3, 0, 4, 5, 6]
EVALUATED_NAMES = [
    *("Hat", "Glasses", "ShortSleeve", "LongSleeve", "UpperStride", "UpperLogo"),
    *("UpperPlaid", "UpperSplice", "LowerStripe", "LowerPattern", "LongCoat"),
    *("Trousers", "Shorts", "Skirt&Dress", "boots", "HandBag", "ShoulderBag"),
    *("Backpack", "HoldObjectsInFront", "AgeOver60", "Age18-60", "AgeLess18"),
    *("Female", "Front", "Side", "Back"),
]


def test_pa100k_columns_give_the_evaluated_order():
    names = [labels.PA100K_ATTRIBUTES[column] for column in EVALUATED]
    assert names == EVALUATED_NAMES


def test_attribute_names_begin_with_pa100k_and_are_unique():
    assert labels.ATTRIBUTE_NAMES[:26] == labels.PA100K_ATTRIBUTES
    assert len(set(labels.ATTRIBUTE_NAMES)) == len(labels.ATTRIBUTE_NAMES)


def test_classes_and_keypoints_are_counted_right():
    assert len(labels.LIP_CLASSES) == 20
    assert len(labels.KEYPOINT_NAMES) == 17
    assert min(map(min, labels.KEYPOINT_SKELETON)) == 1
    assert max(map(max, labels.KEYPOINT_SKELETON)) == 17


@pytest.mark.parametrize(
    ("name", "coarse"),
    [
        ("background", 0),
        ("hair", 1),
        ("face", 1),
        ("upper-clothes", 2),
        ("left-arm", 2),
        ("pants", 3),
        ("right-shoe", 3),
    ],
)
def test_coarse_part(name, coarse):
    assert labels.coarse_part(labels.LIP_CLASSES.index(name)) == coarse
