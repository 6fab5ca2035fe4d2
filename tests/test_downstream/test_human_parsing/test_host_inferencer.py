"""mmseg's inferencer on a config and checkpoint of ours."""

import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmengine.config import Config  # noqa: E402
from mmengine.registry import MODELS, DefaultScope  # noqa: E402
from mmseg.apis import MMSegInferencer  # noqa: E402

NANO = "ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88.py"


def test_image_to_mask_and_picture(root, tmp_path):
    path = root / "configs" / "human_parsing" / NANO
    cfg = Config.fromfile(path)
    cfg.model.backbone.init_cfg = None
    with DefaultScope.overwrite_default_scope("mmseg"):
        state = MODELS.build(cfg.model).state_dict()
    classes = tuple(f"class {number}" for number in range(20))
    meta = dict(classes=classes, palette=[[9 * i, 90, 200] for i in range(20)])
    weights = tmp_path / "parsing.pth"
    torch.save(dict(state_dict=state, meta=dict(dataset_meta=meta)), weights)
    photo = tmp_path / "photo.png"
    Image.fromarray(np.zeros((120, 50, 3), np.uint8)).save(photo)
    inferencer = MMSegInferencer(str(path), str(weights), device="cpu")
    result = inferencer(str(photo), out_dir=str(tmp_path / "out"))
    assert result["predictions"].shape == (120, 50)
    assert list((tmp_path / "out" / "vis").iterdir())
    assert list((tmp_path / "out" / "pred").iterdir())
