from collections import Counter

import pytest

from solider_mm.synthetic.figure.appearance import appearance_of

PEOPLE = [appearance_of(number) for number in range(1500)]


def test_appearance_is_fixed_by_identity_and_seed():
    again = appearance_of.__wrapped__(7, 0)
    assert again == appearance_of(7, 0)
    assert appearance_of(7, 1) != again


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("age", {"child", "adult", "senior"}),
        ("female", {True, False}),
        ("hair_style", {"bald", "short", "crop", "bob", "long", "bun", "ponytail"}),
        ("hat", {"", "cap", "beanie", "brim"}),
        ("glasses", {"", "glasses", "sunglasses"}),
        ("upper", {"shirt", "jacket", "coat", "dress", "jumpsuit"}),
        ("sleeve", {"short", "long"}),
        ("upper_pattern", {"plain", "stripes", "plaid", "logo", "splice"}),
        ("lower", {"trousers", "shorts", "skirt"}),
        ("lower_pattern", {"plain", "columns", "dots"}),
        ("shoes", {"shoes", "boots"}),
    ],
)
def test_every_value_occurs(field, values):
    counted = Counter(getattr(appearance, field) for appearance in PEOPLE)
    assert set(counted) == values
    assert min(counted.values()) >= 15


@pytest.mark.parametrize(
    "field", ["gloves", "scarf", "backpack", "shoulder_bag", "hand_bag", "held"]
)
def test_some_people_carry_each_item(field):
    share = sum(getattr(appearance, field) is not None for appearance in PEOPLE) / len(
        PEOPLE
    )
    assert 0.02 < share < 0.3


def test_appearances_are_plausible():
    children = [
        appearance.stature for appearance in PEOPLE if appearance.age == "child"
    ]
    adults = [appearance.stature for appearance in PEOPLE if appearance.age == "adult"]
    assert max(children) < 1.6
    assert 1.55 < sum(adults) / len(adults) < 1.85
    assert all(
        appearance.female for appearance in PEOPLE if appearance.upper == "dress"
    )
    assert all(
        appearance.sleeve == "long"
        for appearance in PEOPLE
        if appearance.upper == "coat"
    )
    assert not any(
        appearance.phone and appearance.held is not None for appearance in PEOPLE
    )


def test_clothes_differ_between_people():
    colors = {appearance.upper_color for appearance in PEOPLE}
    assert len(colors) > 0.97 * len(PEOPLE)
