import numpy as np
import pytest

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmengine.config import Config  # noqa: E402

from solider_mm.downstream.human_pose import MeanPose, evaluate_mean_pose  # noqa: E402


def test_mean_and_placement_by_hand():
    boxes = np.array([[0, 0, 10, 20], [10, 10, 30, 20]], dtype=np.float32)
    joints = np.array([[[5, 5], [1, 2]], [[20, 20], [7, 7]]], dtype=np.float32)
    labeled = np.array([[True, True], [True, False]])
    mean = MeanPose(joints, labeled, boxes)
    # Joint 0: (0.5, 0.25) and (0.5, 1.0); joint 1: (0.1, 0.1) alone.
    assert mean.joints == pytest.approx(np.array([[0.5, 0.625], [0.1, 0.1]]))
    placed = mean.place(np.array([[100, 0, 200, 40]], dtype=np.float32))
    assert placed[0] == pytest.approx(np.array([[150, 25], [110, 4]]))


def test_refuses_joint_without_labels():
    joints, boxes = np.zeros((2, 3, 2)), np.tile([0, 0, 1, 1], (2, 1))
    with pytest.raises(ValueError, match=r"\[2, 0, 2\] labels per joint"):
        MeanPose(joints, np.array([[1, 0, 1]] * 2, bool), boxes)


def test_identical_training_and_validation_person_is_perfect(root, lspet, monkeypatch):
    monkeypatch.setenv("SOLIDER_MM_DATA", str(lspet))
    name = "td-hm_solider-swin-nano_1xb32-bf16-20e_lspet-128x96.py"
    cfg = Config.fromfile(root / "configs" / "human_pose" / name)
    cfg.train_dataloader.dataset.numbers = (1, 1)
    cfg.val_dataloader.dataset.numbers = (1, 1)
    found = evaluate_mean_pose(cfg)
    assert found["torso/PCK"] == 1.0
    assert found["box/PCK"] == 1.0
    assert found["lspet/AP"] == pytest.approx(1.0)
    cfg.val_dataloader.dataset.numbers = (4, 4)
    # A slightly shifted person who is cut off by the border.
    assert evaluate_mean_pose(cfg)["lspet/AP"] > 0.5
