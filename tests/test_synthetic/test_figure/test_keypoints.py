import numpy as np
import pytest

from solider_mm.synthetic import KEYPOINT_NAMES, render_pedestrian

CROPS = [render_pedestrian(n, n % 6, n // 7, (192, 96)) for n in range(80)]
SIDES = {"left": (14, 16, 18), "right": (15, 17, 19)}


def points(crop):
    return dict(zip(KEYPOINT_NAMES, crop["keypoints"], strict=True))


def test_form():
    for crop in CROPS:
        rows = crop["keypoints"]
        assert rows.shape == (17, 3)
        assert rows.dtype == np.float32
        assert set(rows[:, 2]) <= {0, 1, 2}
        assert (rows[rows[:, 2] == 0] == 0).all()
        assert (rows[:, :2] >= 0).all()
        assert (rows[:, 0] < 96).all()
        assert (rows[:, 1] < 192).all()


def test_visible_keypoints_lie_on_the_visible_body():
    checked = 0
    for crop in CROPS:
        for x, y, visibility in crop["keypoints"]:
            if visibility == 2:
                assert crop["foreground"][int(y), int(x)]
                checked += 1
    assert checked > 500


@pytest.mark.parametrize("side", ["left", "right"])
def test_visible_limb_keypoints_never_lie_on_the_other_side(side):
    other = SIDES["right" if side == "left" else "left"]
    for crop in CROPS:
        found = points(crop)
        for joint in ("elbow", "wrist", "ankle"):
            x, y, visibility = found[f"{side}_{joint}"]
            if visibility == 2:
                assert crop["parts"][int(y), int(x)] not in other


def test_face_keypoints_lie_on_the_head():
    for crop in CROPS:
        for x, y, visibility in crop["keypoints"][:5]:
            if visibility == 2:
                assert crop["coarse_parts"][int(y), int(x)] == 1


@pytest.mark.parametrize(("view", "sign"), [("Front", 1), ("Back", -1)])
def test_left_and_right_follow_the_view(view, sign):
    seen = 0
    for crop in CROPS:
        found = points(crop)
        left, right = found["left_shoulder"], found["right_shoulder"]
        if crop["attributes"][view] and min(left[2], right[2]) > 0:
            assert (left[0] - right[0]) * sign > 0
            seen += 1
    assert seen > 8


def test_nose_is_hidden_from_behind():
    for crop in CROPS:
        if crop["attributes"]["Back"]:
            assert points(crop)["nose"][2] < 2
    fronts = [crop for crop in CROPS if crop["attributes"]["Front"]]
    assert sum(points(crop)["nose"][2] == 2 for crop in fronts) > 0.6 * len(fronts)


def test_all_visibilities_occur():
    counts = np.bincount(
        np.concatenate([crop["keypoints"][:, 2] for crop in CROPS]).astype(int)
    )
    assert counts.min() > 5
