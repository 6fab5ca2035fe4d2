import numpy as np
import pytest

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmpose.registry import METRICS  # noqa: E402

from solider_mm.downstream.human_pose.lspet_skeleton import JOINT_NAMES  # noqa: E402
from solider_mm.downstream.human_pose.torso_pck import torso_sizes  # noqa: E402

INDEX = {name: number for number, name in enumerate(JOINT_NAMES)}


def metric(**kwargs):
    made = METRICS.build(dict(type="solider_mm.TorsoPCK", **kwargs))
    made.dataset_meta = {"keypoint_name2id": INDEX}
    return made


def sample(predicted, truth, labeled):
    return {
        "pred_instances": {"keypoints": predicted[None]},
        "gt_instances": {
            "keypoints": truth[None],
            "keypoints_visible": labeled[None].astype(float),
            "bboxes": np.array([[0.0, 0, 10, 10]]),
        },
    }


def evaluate(samples, **kwargs):
    made = metric(**kwargs)
    made.process([], samples)
    return made.evaluate(len(samples))


def test_pck_by_hand(person):
    truth = person[:, :2]
    labeled = np.ones(14, bool)
    labeled[INDEX["neck"]] = False
    # left shoulder (50, 40), right hip (34, 66): √(16² + 26²) = 30.53; a fifth is 6.11.
    predicted = truth.copy()
    predicted[INDEX["right_ankle"]] += (6.0, 0)  # inside
    predicted[INDEX["left_wrist"]] += (0, 6.2)  # outside
    predicted[INDEX["neck"]] += 99  # not labeled
    found = evaluate([sample(predicted, truth, labeled)])
    assert found["torso/PCK"] == pytest.approx(12 / 13)
    assert found["torso/PCK_ankle"] == 1.0
    assert found["torso/PCK_wrist"] == 0.5
    assert "torso/PCK_neck" not in found
    assert found["torso/persons"] == 1


def test_matches_a_loop_over_persons():
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (9, 14, 2))
    predicted = truth + rng.normal(0, 12, truth.shape)
    labeled = rng.random((9, 14)) > 0.3
    found = evaluate(
        [sample(*row) for row in zip(predicted, truth, labeled, strict=True)], thr=0.3
    )
    correct, total = np.zeros(14), np.zeros(14)
    persons = 0
    for p, t, m in zip(predicted, truth, labeled, strict=True):
        size = 0.0
        for a, b in (("right_shoulder", "left_hip"), ("left_shoulder", "right_hip")):
            if m[INDEX[a]] and m[INDEX[b]]:
                size = float(np.linalg.norm(t[INDEX[a]] - t[INDEX[b]]))
        if size == 0:
            continue
        persons += 1
        for k in range(14):
            if m[k]:
                total[k] += 1
                correct[k] += np.linalg.norm(p[k] - t[k]) < 0.3 * size
    assert 0 < persons < 9
    assert found["torso/persons"] == persons
    assert found["torso/PCK"] == pytest.approx(np.mean(correct / total))
    for kind in ("ankle", "elbow"):
        both = [INDEX[f"left_{kind}"], INDEX[f"right_{kind}"]]
        share = correct[both].sum() / total[both].sum()
        assert found[f"torso/PCK_{kind}"] == pytest.approx(share)


def test_falls_back_to_the_other_diagonal(person):
    joints = np.stack([person[:, :2]] * 3)
    labeled = np.ones((3, 14), bool)
    labeled[1, INDEX["left_shoulder"]] = False
    labeled[2, [INDEX["left_shoulder"], INDEX["left_hip"]]] = False
    sizes = torso_sizes(joints, labeled, INDEX)
    assert sizes == pytest.approx([np.hypot(16, 26), np.hypot(16, 26), 0])


def test_person_without_labels_is_not_evaluated(person):
    found = evaluate([sample(person[:, :2], person[:, :2], np.zeros(14, bool))])
    assert found == {"torso/PCK": 0.0, "torso/persons": 0.0}


def test_refuses_invalid_threshold_and_missing_joint(person):
    with pytest.raises(ValueError, match="thr is 0"):
        metric(thr=0)
    with pytest.raises(ValueError, match="no joint 'left_hip'"):
        torso_sizes(person[None, :, :2], np.ones((1, 14), bool), {"left_shoulder": 0})
