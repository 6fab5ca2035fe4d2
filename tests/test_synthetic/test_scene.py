import numpy as np
import pytest

from solider_mm.synthetic import render_scene

SIZE = (240, 320)
SCENES = [render_scene(n, SIZE, num_people=6, camera=n % 4) for n in range(8)]
PEOPLE = [(scene, i) for scene in SCENES for i in range(len(scene["people"]))]


def test_form():
    for number, scene in enumerate(SCENES):
        assert scene["image"].shape == (*SIZE, 3)
        assert scene["image"].dtype == np.uint8
        assert scene["instances"].shape == scene["parts"].shape == SIZE
        assert (scene["index"], scene["camera"]) == (number, number % 4)
        assert scene["instances"].max() == len(scene["people"])
        np.testing.assert_array_equal(scene["instances"] > 0, scene["parts"] > 0)


def test_same_scene_again():
    again = render_scene(3, SIZE, num_people=6, camera=3)
    np.testing.assert_array_equal(again["image"], SCENES[3]["image"])
    np.testing.assert_array_equal(again["instances"], SCENES[3]["instances"])


def test_visible_boxes_enclose_the_masks_tightly():
    for scene, number in PEOPLE:
        rows, columns = np.nonzero(scene["instances"] == number + 1)
        person = scene["people"][number]
        expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert person["visible_box"] == expected
        x1, y1, x2, y2 = person["box"]
        assert x1 <= expected[0]
        assert y1 <= expected[1]
        assert x2 >= expected[2]
        assert y2 >= expected[3]


def test_visible_fraction_counts_pixels():
    fractions = []
    for scene, number in PEOPLE:
        person = scene["people"][number]
        fractions.append(person["visible_fraction"])
        if person["visible_fraction"] == 1:
            assert person["box"] == person["visible_box"]
        seen = (scene["instances"] == number + 1).sum()
        x1, y1, x2, y2 = person["box"]
        # A body fills between a quarter and nine tenths of its box.
        whole = seen / person["visible_fraction"]
        assert 0.2 < whole / ((x2 - x1) * (y2 - y1)) < 0.95
    assert 0 < min(fractions) < 0.6
    assert max(fractions) == 1
    assert np.mean(np.array(fractions) == 1) > 0.2


def test_nearer_people_are_larger():
    feet, heights = [], []
    for scene in SCENES:
        for person in scene["people"]:
            _, y1, _, y2 = person["box"]
            feet.append(y2)
            heights.append(y2 - y1)
    assert np.corrcoef(feet, heights)[0, 1] > 0.6


def test_keypoints_lie_on_their_person():
    for scene, number in PEOPLE:
        for x, y, visibility in scene["people"][number]["keypoints"]:
            if visibility == 2:
                assert scene["instances"][int(y), int(x)] == number + 1
            if visibility == 0:
                assert x == y == 0


def test_scene_shows_the_given_identities():
    scene = render_scene(0, SIZE, num_people=3, identities=[5, 6, 7])
    assert {person["identity"] for person in scene["people"]} <= {5, 6, 7}
    assert len(scene["people"]) >= 2


def test_empty_street():
    scene = render_scene(0, SIZE, num_people=0)
    assert scene["people"] == []
    assert not scene["instances"].any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": (32, 320)}, "at least 64"),
        ({"num_people": -1}, "num_people"),
        ({"num_people": 2, "identities": [1]}, "one identity for each"),
        ({"index": -1}, "0 or larger"),
    ],
)
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        render_scene(**{"index": 0, "size": SIZE, **changes})
