"""mmpose's inferencer on a config and checkpoint of ours."""

import json

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmdet.registry import MODELS as MMDET_MODELS  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope, init_default_scope  # noqa: E402
from mmpose.apis import MMPoseInferencer  # noqa: E402
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from solider_mm.downstream.human_pose import (  # noqa: E402
    CheckedCocoPose,
    PlainDatasetMetaHook,
)

NANO = "td-hm_solider-swin-nano_1xb32-bf16-20e_synthetic-128x96.py"
DETECTOR = "csp_solider-swin-nano_1xb4-bf16-30e_synthetic-128x256.py"


def plain_meta():
    checkpoint = {
        "meta": {"dataset_meta": parse_pose_metainfo(CheckedCocoPose.METAINFO)}
    }
    PlainDatasetMetaHook().before_save_checkpoint(None, checkpoint)
    return checkpoint["meta"]["dataset_meta"]


@pytest.fixture
def checkpoint(root, tmp_path):
    """A randomly initialized nano model, stored as in training."""
    init_default_scope("mmpose")
    cfg = Config.fromfile(root / "configs" / "human_pose" / NANO)
    cfg.model.backbone.init_cfg = None
    state = MODELS.build(cfg.model).state_dict()
    path = tmp_path / "pose.pth"
    torch.save(dict(state_dict=state, meta=dict(dataset_meta=plain_meta())), path)
    return path


def test_metainfo_is_plain(checkpoint):
    meta = torch.load(checkpoint, weights_only=True)["meta"]["dataset_meta"]
    expected = parse_pose_metainfo(CheckedCocoPose.METAINFO)
    assert isinstance(meta["sigmas"], list)
    np.testing.assert_array_equal(meta["sigmas"], expected["sigmas"])
    np.testing.assert_array_equal(meta["keypoint_colors"], expected["keypoint_colors"])
    assert meta["keypoint_id2name"] == expected["keypoint_id2name"]


def test_image_to_keypoints_json_and_picture(root, checkpoint, tmp_path):
    photo = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (160, 100, 3), np.uint8)
    Image.fromarray(pixels).save(photo)
    inferencer = MMPoseInferencer(
        pose2d=str(root / "configs" / "human_pose" / NANO),
        pose2d_weights=str(checkpoint),
        device="cpu",
    )
    out = tmp_path / "out"
    result = next(inferencer(str(photo), out_dir=str(out), kpt_thr=-1.0))
    ((person,),) = result["predictions"]
    assert np.shape(person["keypoints"]) == (17, 2)
    stored = json.loads((out / "predictions" / "photo.json").read_text())
    assert np.shape(stored[0]["keypoints"]) == (17, 2)
    assert (out / "visualizations" / "photo.png").is_file()


@pytest.fixture
def detector(root, tmp_path):
    """Config and weights of a randomly initialized detector without threshold."""
    cfg = Config.fromfile(root / "configs" / "pedestrian_detection" / DETECTOR)
    cfg.model.backbone.init_cfg = None
    cfg.model.test_cfg.update(score_thr=0.0, max_per_img=2)
    with DefaultScope.overwrite_default_scope("mmdet"):
        state = MMDET_MODELS.build(cfg.model).state_dict()
    meta = dict(classes=("pedestrian",), palette=[(220, 20, 60)])
    torch.save(
        dict(state_dict=state, meta=dict(dataset_meta=meta)), tmp_path / "det.pth"
    )
    cfg.dump(tmp_path / "det.py")
    return dict(
        det_model=str(tmp_path / "det.py"),
        det_weights=str(tmp_path / "det.pth"),
        det_cat_ids=0,
    )


def test_video_with_our_detector(root, checkpoint, detector, tmp_path):
    video = tmp_path / "video.avi"
    codec = cv2.VideoWriter_fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(video), codec, 5, (200, 120))
    for frame in np.random.default_rng(0).integers(0, 256, (2, 120, 200, 3), np.uint8):
        writer.write(frame)
    writer.release()
    inferencer = MMPoseInferencer(
        pose2d=str(root / "configs" / "human_pose" / NANO),
        pose2d_weights=str(checkpoint),
        device="cpu",
        **detector,
    )
    out = tmp_path / "out"
    results = list(inferencer(str(video), out_dir=str(out), bbox_thr=-1, nms_thr=1.0))
    assert [len(result["predictions"][0]) for result in results] == [2, 2]
    (stored,) = (out / "predictions").iterdir()
    frames = json.loads(stored.read_text())
    assert [len(frame["instances"]) for frame in frames] == [2, 2]
