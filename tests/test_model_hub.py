"""Our models by name, through mmpretrain's API."""

from pathlib import Path

import pytest
import torch
from mmpretrain import get_model, list_models
from mmpretrain.apis import ModelHub

import solider_mm.models  # noqa: F401  (registers the names)
from solider_mm.apis import find_model
from solider_mm.apis import list_models as our_models
from solider_mm.model_hub import register_models

ROOT = Path(__file__).resolve().parents[1]
REID = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"


def test_mmpretrain_knows_every_name() -> None:
    names = {name.lower() for name in our_models()}
    assert len(names) > 60
    assert names <= set(list_models())


def test_registering_again_changes_nothing() -> None:
    before = dict(ModelHub._models_dict)
    assert register_models() == []
    assert before == ModelHub._models_dict


def test_model_by_name_has_the_published_weights() -> None:
    model = get_model(REID, pretrained=True).eval()
    random = get_model(REID).eval()
    name = "head.classifier.weight"
    assert not torch.equal(model.state_dict()[name], random.state_dict()[name])
    assert model.backbone.semantic_weight == 0.2
    with torch.no_grad():
        features = model(torch.zeros(1, 3, 64, 32), mode="predict")[0].feature
    assert features.shape == (160,)


@pytest.mark.parametrize("name", our_models(with_weights=True))
def test_published_weights_are_small_and_verified(name: str) -> None:
    entry = find_model(name)
    path = Path(entry.weights or "")
    assert path.parent == ROOT / "weights"
    assert path.stat().st_size < 3_500_000
    assert entry.metadata["Weights License"] == "Apache-2.0"
    assert entry.sha256


def test_damaged_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = find_model(REID)
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(Path(entry.weights or "").read_bytes()[:-1] + b"\0")
    monkeypatch.setattr(
        "solider_mm.model_hub.find_model",
        lambda name: entry.__class__(
            entry.name, entry.task, entry.config, str(damaged), entry.metadata
        ),
    )
    with pytest.raises(ValueError, match=r"SHA-256|checksum"):
        get_model(REID, pretrained=True)
