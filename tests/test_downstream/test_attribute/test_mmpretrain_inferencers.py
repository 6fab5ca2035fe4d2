"""mmpretrain's own inferencers with an attribute config."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmpretrain import FeatureExtractor, ImageClassificationInferencer
from mmpretrain.apis import get_model

NAME = "attribute_solider-swin-nano_1xb64-bf16-adamw-10e_synthetic-64x32.py"


def test_classification_inferencer_and_feature_extractor(
    root: Path, tmp_path: Path
) -> None:
    cfg = Config.fromfile(root / "configs" / "attribute" / NAME)
    model = get_model(cfg.copy(), device="cpu")
    with torch.no_grad():
        model.head.fc.weight.add_(1)
    model.head.set_positive_ratio([0.5] * cfg.model.head.num_classes)
    path = tmp_path / "attributes.pth"
    torch.save({"state_dict": model.state_dict()}, path)
    image = np.random.default_rng(0).integers(0, 256, (40, 20, 3), dtype=np.uint8)

    inferencer = ImageClassificationInferencer(
        cfg.copy(), pretrained=str(path), device="cpu"
    )
    (result,) = inferencer(image)
    assert result["pred_scores"].shape == (cfg.model.head.num_classes,)
    extractor = FeatureExtractor(cfg.copy(), pretrained=str(path), device="cpu")
    (feature,) = extractor(image)
    logits = inferencer.model.head((feature[-1][None],))[0]
    np.testing.assert_allclose(
        result["pred_scores"], logits.sigmoid().detach().numpy(), rtol=1e-4
    )
