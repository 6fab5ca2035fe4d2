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
    counted = Counter(getattr(look, field) for look in PEOPLE)
    assert set(counted) == values
    assert min(counted.values()) >= 15


@pytest.mark.parametrize(
    "field", ["gloves", "scarf", "backpack", "shoulder_bag", "hand_bag", "held"]
)
def test_things_are_carried_by_some(field):
    share = sum(getattr(look, field) is not None for look in PEOPLE) / len(PEOPLE)
    assert 0.02 < share < 0.3


def test_looks_are_plausible():
    children = [look.stature for look in PEOPLE if look.age == "child"]
    adults = [look.stature for look in PEOPLE if look.age == "adult"]
    assert max(children) < 1.6
    assert 1.55 < sum(adults) / len(adults) < 1.85
    assert all(look.female for look in PEOPLE if look.upper == "dress")
    assert all(look.sleeve == "long" for look in PEOPLE if look.upper == "coat")
    assert not any(look.phone and look.held is not None for look in PEOPLE)


def test_clothes_differ_between_people():
    colors = {look.upper_color for look in PEOPLE}
    assert len(colors) > 0.97 * len(PEOPLE)
