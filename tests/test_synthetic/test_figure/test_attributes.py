import numpy as np
import pytest

from solider_mm.synthetic import ATTRIBUTE_NAMES, PA100K_ATTRIBUTES
from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.attributes import (
    attributes_of,
    pa100k_vector,
    view_name,
)

ROWS = [
    attributes_of(appearance_of(number), 2 * np.pi * number / 97)
    for number in range(1500)
]


def test_names_and_values():
    assert tuple(ROWS[0]) == ATTRIBUTE_NAMES
    assert {value for row in ROWS for value in row.values()} == {0, 1}


@pytest.mark.parametrize("name", ATTRIBUTE_NAMES)
def test_every_attribute_has_both_values(name):
    share = sum(row[name] for row in ROWS) / len(ROWS)
    assert 0.01 < share < 0.9


@pytest.mark.parametrize(
    "group",
    [
        ("Front", "Side", "Back"),
        ("AgeOver60", "Age18-60", "AgeLess18"),
        ("ShortSleeve", "LongSleeve"),
        ("Trousers", "Shorts", "Skirt&Dress"),
    ],
)
def test_exclusive_groups_sum_to_one(group):
    assert all(sum(row[name] for name in group) == 1 for row in ROWS)


@pytest.mark.parametrize(
    ("degrees", "name"),
    [(0, "Front"), (44, "Front"), (-46, "Side"), (90, "Side"), (179, "Back")],
)
def test_view_name(degrees, name):
    assert view_name(np.radians(degrees)) == name
    assert view_name(np.radians(degrees + 720)) == name


def test_pa100k_vector_follows_the_columns():
    vector = pa100k_vector(ROWS[3])
    assert vector.shape == (26,)
    assert vector.dtype == np.uint8
    assert vector.tolist() == [ROWS[3][name] for name in PA100K_ATTRIBUTES]
