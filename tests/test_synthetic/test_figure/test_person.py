"""Complete figures: limbs, clothes, head and carried items in the label map."""

from dataclasses import replace

import numpy as np
import pytest

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.person import Canvas, extent, lay_over, render_person
from solider_mm.synthetic.figure.skeleton import View, sample_pose

PLAIN = replace(
    appearance_of(0),
    female=True,
    age="adult",
    girth=1.0,
    hair_style="short",
    hat="",
    glasses="",
    upper="shirt",
    sleeve="short",
    upper_pattern="plain",
    lower="trousers",
    lower_pattern="plain",
    shoes="shoes",
    sock_color=None,
    gloves=None,
    scarf=None,
    backpack=None,
    shoulder_bag=None,
    hand_bag=None,
    held=None,
    phone=False,
)
SIZE = (256, 160)
COLOR = (200.0, 30.0, 30.0)


def render(yaw=0.0, number=0, **changes):
    appearance = replace(PLAIN, **changes)
    rng = np.random.default_rng(number)
    pose = replace(sample_pose(rng, appearance), yaw=yaw, head_turn=0.0)
    view = View(yaw, 0.05, 0.0, 230.0, (80.0, 245.0))
    return render_person(appearance, pose, view, 1.0, Canvas(SIZE, rng))


def classes(person):
    present = np.unique(person.sprite.parts)
    return {labels.LIP_CLASSES[label] for label in present}


def test_plain_person_has_the_plain_classes():
    assert classes(render()) == {
        "background",
        "hair",
        "upper-clothes",
        "pants",
        "face",
        "left-arm",
        "right-arm",
        "left-shoe",
        "right-shoe",
    }


@pytest.mark.parametrize(
    ("changes", "name", "there"),
    [
        ({"hat": "cap"}, "hat", True),
        ({"hat": "beanie"}, "hat", True),
        ({"hat": "brim"}, "hat", True),
        ({"hair_style": "bald"}, "hair", False),
        ({"glasses": "sunglasses"}, "sunglasses", True),
        ({"glasses": "glasses"}, "sunglasses", False),
        ({"scarf": COLOR}, "scarf", True),
        ({"gloves": COLOR, "sleeve": "long"}, "glove", True),
        ({"upper": "jacket", "sleeve": "long"}, "coat", True),
        ({"upper": "coat", "sleeve": "long"}, "coat", True),
        ({"upper": "dress"}, "dress", True),
        ({"upper": "dress"}, "pants", False),
        ({"upper": "jumpsuit"}, "jumpsuits", True),
        ({"upper": "jumpsuit"}, "pants", False),
        ({"lower": "skirt"}, "skirt", True),
        ({"lower": "skirt"}, "left-leg", True),
        ({"lower": "shorts"}, "right-leg", True),
        ({"lower": "shorts", "sock_color": COLOR}, "socks", True),
    ],
)
def test_clothes_appear_in_the_label_map(changes, name, there):
    assert (name in classes(render(**changes))) is there


@pytest.mark.parametrize(
    "thing", ["backpack", "shoulder_bag", "hand_bag", "held", "phone"]
)
def test_carried_items_are_background_but_part_of_the_sprite(thing):
    value = True if thing == "phone" else COLOR
    sprite = render(**{thing: value}).sprite
    carried = sprite.limbs == labels.CARRIED
    assert carried.sum() > 15
    assert (sprite.parts[carried] == 0).all()
    assert (sprite.alpha[carried] > 0.1).all()


def test_backpack_hides_the_back_and_not_the_front():
    hidden = {
        yaw: (render(yaw, backpack=COLOR).sprite.limbs == labels.CARRIED).sum()
        for yaw in (0.0, np.pi)
    }
    assert hidden[np.pi] > 1.7 * hidden[0.0]


@pytest.mark.parametrize(("yaw", "sign"), [(0.0, 1), (np.pi, -1)])
def test_left_is_on_the_right_of_a_frontal_view(yaw, sign):
    parts = render(yaw).sprite.parts
    for left, right in ((14, 15), (18, 19)):
        middle = [np.nonzero(parts == label)[1].mean() for label in (left, right)]
        assert (middle[0] - middle[1]) * sign > 5


def test_face_is_seen_from_the_front_only():
    faces = {yaw: (render(yaw).sprite.parts == 13).sum() for yaw in (0.0, 1.5, np.pi)}
    assert faces[0.0] > faces[1.5] > faces[np.pi]
    hair = {yaw: (render(yaw).sprite.parts == 2).sum() for yaw in (0.0, np.pi)}
    assert hair[np.pi] > 1.5 * hair[0.0]


def test_long_hair_falls_down_the_back():
    short = (render(np.pi).sprite.parts == 2).sum()
    assert (render(np.pi, hair_style="long").sprite.parts == 2).sum() > 2 * short


@pytest.mark.parametrize("yaw", [0.0, 1.0, 2.5, -1.7])
def test_maps_agree(yaw):
    sprite = render(yaw, backpack=COLOR).sprite
    body = sprite.parts > 0
    np.testing.assert_array_equal(sprite.coarse > 0, body)
    assert (sprite.limbs[body] > 0).all()
    assert (sprite.alpha[sprite.limbs > 0] > 0.1).all()
    rows = {part: np.nonzero(sprite.coarse == part)[0].mean() for part in (1, 2, 3)}
    assert rows[1] < rows[2] < rows[3]


def test_extent_encloses_the_body():
    for number in range(6):
        person = render(0.4 * number, number)
        start, end = extent(
            person.figure.appearance, person.figure.pose, person.figure.view
        )
        rows, columns = np.nonzero(person.sprite.parts)
        assert start[1] - 4 <= rows.min() <= start[1] + 12
        assert end[1] - 12 <= rows.max() <= end[1] + 4
        assert start[0] - 14 <= columns.min()
        assert columns.max() <= end[0] + 14


def test_lay_over_blends_by_alpha():
    sprite = render().sprite
    picture = np.full((*SIZE, 3), 50.0, dtype=np.float32)
    lay_over(picture, sprite)
    np.testing.assert_array_equal(picture[sprite.alpha == 0], 50)
    full = sprite.alpha == 1
    np.testing.assert_allclose(picture[full], sprite.rgb[full])
