"""mmpretrain's own inferencers with re-ID configs and checkpoints."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpretrain import (
    FeatureExtractor,
    ImageClassificationInferencer,
    ImageRetrievalInferencer,
)
from mmpretrain.apis import get_model
from PIL import Image

NAME = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_market1501-64x32.py"


@pytest.fixture(scope="module")
def config(root: Path) -> Config:
    cfg = Config.fromfile(root / "configs" / "reid" / NAME)
    cfg.model.head.num_classes = 5
    return cfg


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("gallery")
    rng = np.random.default_rng(0)
    for name in "abc":
        pixels = rng.integers(0, 256, (40, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return [str(folder / f"{name}.png") for name in "abc"]


@pytest.fixture(scope="module")
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(5)
    model = get_model(config.copy(), device="cpu")
    with torch.no_grad():  # weights that no initialization gives
        for parameter in model.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    path = tmp_path_factory.mktemp("weights") / "reid.pth"
    torch.save({"state_dict": model.state_dict()}, path)
    return str(path)


def features(model: torch.nn.Module, images: list[str]) -> torch.Tensor:
    extractor = FeatureExtractor(model, device="cpu")
    return torch.stack(extractor(images, batch_size=2, stage="pre_logits"))


def test_feature_extractor(config, checkpoint, images) -> None:
    extractor = FeatureExtractor(config.copy(), pretrained=checkpoint, device="cpu")
    (first, *_), single = extractor(images, batch_size=2), extractor(images[0])[0]
    assert first[-1].shape == (160,)
    torch.testing.assert_close(first[-1], single[-1], rtol=1e-4, atol=1e-5)


def test_classification_inferencer_names_training_identity(
    config, checkpoint, images
) -> None:
    inferencer = ImageClassificationInferencer(
        config.copy(), pretrained=checkpoint, device="cpu"
    )
    (result,) = inferencer(images[0])
    assert result["pred_scores"].shape == (5,)
    assert result["pred_scores"].sum() == pytest.approx(1, abs=1e-5)


def test_retrieval_inferencer_uses_the_checkpoint(config, checkpoint, images) -> None:
    inferencer = ImageRetrievalInferencer(
        config.copy(), prototype=images, pretrained=checkpoint, device="cpu"
    )
    state = torch.load(checkpoint, weights_only=True)["state_dict"]
    for name, value in inferencer.model.state_dict().items():
        torch.testing.assert_close(value, state[name])
    matches = inferencer(images[1], topk=3)[0]
    assert matches[0]["sample"]["img_path"] == images[1]
    assert float(matches[0]["match_score"]) == pytest.approx(1, abs=1e-5)
    vectors = torch.nn.functional.normalize(features(inferencer.model, images), dim=1)
    expected = (vectors @ vectors[1]).sort(descending=True).values
    found = torch.tensor([float(match["match_score"]) for match in matches])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_retrieval_inferencer_caches_the_gallery(
    config, checkpoint, images, tmp_path
) -> None:
    cache = str(tmp_path / "gallery.pth")
    results = [
        ImageRetrievalInferencer(
            config.copy(),
            prototype=images,
            prototype_cache=cache,
            pretrained=checkpoint,
            device="cpu",
        )(images[2], topk=2)[0]
        for _ in range(2)
    ]
    first, second = ([float(m["match_score"]) for m in found] for found in results)
    assert first == pytest.approx(second, abs=1e-6)


def test_model_refuses_missing_gallery(config) -> None:
    model = get_model(config.copy(), device="cpu")
    with pytest.raises(ValueError, match="prototype is None: expected a dataloader"):
        model.prepare_prototype()
