import numpy as np
import pytest

from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.skeleton import View, bones_of, joints_of, sample_pose

LOOK = appearance_of(1)


def some_joints(number):
    appearance = appearance_of(number)
    bones = bones_of(appearance)
    pose = sample_pose(np.random.default_rng(number), appearance)
    return bones, joints_of(bones, pose)


@pytest.mark.parametrize("number", range(8))
def test_bones_keep_their_length(number):
    bones, joints = some_joints(number)
    for side in ("left", "right"):
        pairs = {
            ("shoulder", "elbow"): bones.upper_arm,
            ("elbow", "wrist"): bones.forearm,
            ("hip", "knee"): bones.thigh,
            ("knee", "ankle"): bones.shin,
        }
        for (first, second), length in pairs.items():
            gap = joints[f"{side}_{first}"] - joints[f"{side}_{second}"]
            assert float(np.linalg.norm(gap)) == pytest.approx(length)


@pytest.mark.parametrize("number", range(8))
def test_people_stand_on_the_ground(number):
    bones, joints = some_joints(number)
    lowest = min(joints["left_ankle"][1], joints["right_ankle"][1])
    assert lowest == pytest.approx(bones.ankle)
    assert 0.88 < joints["head"][1] + 0.5 * bones.head < 1.03


def test_left_is_left():
    _, joints = some_joints(0)
    for joint in ("shoulder", "hip"):
        assert joints[f"left_{joint}"][0] > joints[f"right_{joint}"][0]


def test_children_have_larger_heads():
    looks = [appearance_of(number) for number in range(200)]
    head = {appearance.age: bones_of(appearance).head for appearance in looks}
    assert head["child"] > 1.2 * head["adult"]


def test_view_by_hand():
    left, up, ahead = np.eye(3)
    front = View(0.0, 0.0, 0.0, 100.0, (10.0, 20.0))
    np.testing.assert_allclose(front.project(left), [110, 20], atol=1e-9)
    np.testing.assert_allclose(front.project(up), [10, -80], atol=1e-9)
    assert front.nearness(ahead) == pytest.approx(1)
    aside = View(np.pi / 2, 0.0, 0.0, 100.0, (0.0, 0.0))
    np.testing.assert_allclose(aside.project(ahead), [100, 0], atol=1e-9)
    assert aside.nearness(left) == pytest.approx(-1)
    above = View(0.0, np.pi / 6, 0.0, 1.0, (0.0, 0.0))
    np.testing.assert_allclose(above.project(ahead), [0, 0.5], atol=1e-9)


def test_poses_differ_and_arms_follow_carried_items():
    rng = np.random.default_rng(0)
    poses = [sample_pose(rng, LOOK) for _ in range(50)]
    assert np.ptp([pose.yaw for pose in poses]) > 5
    assert np.ptp([pose.thigh[0] for pose in poses]) > 0.4
    holder = next(
        appearance_of(n) for n in range(99) if appearance_of(n).held is not None
    )
    assert min(sample_pose(rng, holder).elbow) > 0.9
