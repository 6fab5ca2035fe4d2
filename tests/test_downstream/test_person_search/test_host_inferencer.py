"""mmdet's inferencer on configs of person search and pedestrian detection."""

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.apis import DetInferencer  # noqa: E402
from mmdet.registry import MODELS  # noqa: E402
from mmdet.utils import register_all_modules  # noqa: E402
from mmengine.config import Config  # noqa: E402

CONFIGS = [
    "person_search/seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288.py",
    "pedestrian_detection/csp_solider-swin-nano_1xb4-bf16-30e_synthetic-128x256.py",
]


@pytest.mark.parametrize("name", CONFIGS)
def test_image_to_boxes(root, tmp_path, name):
    cfg = Config.fromfile(root / "configs" / name)
    cfg.model.backbone.init_cfg = None
    if "search" in name:
        cfg.model.test_cfg.rcnn.score_thr = 0.0
    register_all_modules(init_default_scope=True)
    state = MODELS.build(cfg.model).state_dict()
    meta = dict(classes=("person",), palette=[(220, 20, 60)])
    weights = tmp_path / "detector.pth"
    torch.save(dict(state_dict=state, meta=dict(dataset_meta=meta)), weights)
    cfg.dump(tmp_path / "config.py")
    inferencer = DetInferencer(str(tmp_path / "config.py"), str(weights), device="cpu")
    image = np.random.default_rng(0).integers(0, 256, (144, 180, 3), np.uint8)
    result = inferencer(image, return_vis=True, no_save_vis=True)
    (found,) = result["predictions"]
    assert len(found["bboxes"]) == len(found["scores"]) == len(found["labels"])
    assert set(found["labels"]) <= {0}
    assert result["visualization"][0].shape[2] == 3
