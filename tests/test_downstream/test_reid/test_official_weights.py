"""Weights with the names of SOLIDER-REID (docs/reference.md §4.1) load directly."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import load_checkpoint

from solider_mm.apis import ReIDInferencer
from solider_mm.inference.model_building import inference_config
from solider_mm.model_index import find_model
from solider_mm.registry import MODELS

NAME = "reid_solider-swin-tiny_1xb64-amp-cosine-120e_msmt17-384x128"
NAMES = {
    "backbone.": "base.",
    "head.bnneck.": "bottleneck.",
    "head.classifier.": "classifier.",
}


def build(num_classes):
    cfg = inference_config(Config.fromfile(find_model(NAME).config))
    cfg.head.num_classes = num_classes
    return MODELS.build(cfg).eval()


def official_name(name):
    for ours, theirs in NAMES.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    raise AssertionError(name)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    model = build(751)
    for value in model.parameters():
        if value.ndim > 1:
            torch.nn.init.normal_(value, std=0.05)
    model.head.bnneck.running_mean.fill_(0.25)
    return model


@pytest.fixture(scope="module")
def official(model):
    """A full Swin, as the authors save it: all norms and controllers."""
    weights = {official_name(k): v for k, v in model.state_dict().items()}
    for stage, width in enumerate((96, 192, 384)):
        weights[f"base.norm{stage}.weight"] = torch.ones(width)
        weights[f"base.norm{stage}.bias"] = torch.zeros(width)
    for letter in "wb":
        weights[f"base.semantic_embed_{letter}.3.weight"] = torch.ones(768, 2)
        weights[f"base.semantic_embed_{letter}.3.bias"] = torch.ones(768)
    return weights


@pytest.fixture(scope="module")
def file(official, tmp_path_factory):
    path = tmp_path_factory.mktemp("official") / "transformer_120.pth"
    torch.save(official, path)
    return path


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (384, 128, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def feature(model, image):
    """From the definition: resized pixels in [−1, 1], pooled last map, unit length."""
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        pooled = model.backbone(pixels, 0.2)[-1].mean((2, 3))[0].numpy()
    return pooled / np.linalg.norm(pooled)


def test_file_alone_is_enough(file, image, feature):
    reid = ReIDInferencer(weights=file, device="cpu", show_progress=False)
    (found,) = reid([image])
    assert found["semantic_weight"] == 0.2
    np.testing.assert_allclose(found["feature"], feature, atol=2e-5)
    assert reid.source.config.model.head.num_classes == 751
    assert torch.all(reid.model.head.bnneck.running_mean == 0.25)


def test_name_and_file_of_another_number_of_identities(file, image, feature):
    reid = ReIDInferencer(NAME, file, "cpu", show_progress=False)
    np.testing.assert_allclose(reid([image])[0]["feature"], feature, atol=2e-5)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_model_and_mmengine_load_it(official, tmp_path, prefix):
    named = {prefix + name: value for name, value in official.items()}
    torch.save(named, tmp_path / "official.pth")
    target = build(751)
    load_checkpoint(target, str(tmp_path / "official.pth"), "cpu", strict=True)
    torch.testing.assert_close(
        target.head.classifier.weight, official["classifier.weight"]
    )
    again = build(751)
    again.load_state_dict(dict(named) if not prefix else dict(official))
    torch.testing.assert_close(
        again.backbone.norm3.weight, official["base.norm3.weight"]
    )


def test_missing_part_is_named(official, tmp_path):
    weights = {k: v for k, v in official.items() if "stages.3.blocks.1" not in k}
    torch.save(weights, tmp_path / "part.pth")
    with pytest.raises(ValueError, match="lacks"):
        ReIDInferencer(NAME, tmp_path / "part.pth", "cpu")
