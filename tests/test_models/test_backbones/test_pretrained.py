"""Backbones by file, folder and name, and their folders for the hub."""

import hashlib
import json

import pytest
import torch
from mmengine.config import Config
from torch import nn

from solider_mm.checkpoints import (
    load_file,
    read_checkpoint,
    save_checkpoint,
    to_official,
    to_openmmlab,
)
from solider_mm.checkpoints.stored_config import config_of
from solider_mm.model_index import find_model
from solider_mm.models.backbones import SOLIDERSwin, pretrained
from solider_mm.models.backbones.pretrained import constructor_options

REID = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
ARCH = {"embed_dims": 8, "depths": (1, 2), "num_heads": (1, 2)}


@pytest.fixture
def model() -> SOLIDERSwin:
    model = SOLIDERSwin(
        arch=ARCH,
        window_size=3,
        strides=(2, 1),
        out_indices=(0, 1),
        semantic_weight=0.6,
        frozen_stages=1,
        drop_path_rate=0.3,
    ).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    return model


def assert_equal(one, other):
    images = torch.randn(2, 3, 20, 14)
    with torch.no_grad():
        for weight in (0.0, 1.0):
            for a, b in zip(one(images, weight), other(images, weight), strict=True):
                assert torch.equal(a, b)


def test_constructor_options_build_an_equal_backbone(model):
    options = constructor_options(model)
    assert json.loads(json.dumps(options)) == json.loads(
        json.dumps(constructor_options(SOLIDERSwin(**options)))
    )
    other = SOLIDERSwin(**options)
    other.load_state_dict(model.state_dict())
    assert_equal(model, other.eval())
    rates = [block.drop_path.p for stage in other.stages for block in stage.blocks]
    assert rates == pytest.approx([0.0, 0.15, 0.3])
    assert constructor_options(SOLIDERSwin(arch="nano"))["arch"] == "nano"


def test_folder_brings_the_same_backbone_back(model, tmp_path):
    pytest.importorskip("huggingface_hub", reason="needs the extra [hub]")
    model.save_pretrained(tmp_path / "folder")
    files = sorted(one.name for one in (tmp_path / "folder").iterdir())
    assert files == ["README.md", "config.json", "model.safetensors"]
    loaded = SOLIDERSwin.from_pretrained(tmp_path / "folder")
    assert type(loaded) is SOLIDERSwin
    assert not loaded.training
    assert loaded.semantic_weight == 0.6
    assert_equal(model, loaded)
    only_last = SOLIDERSwin.from_pretrained(str(tmp_path / "folder"), out_indices=(1,))
    assert len(only_last(torch.randn(1, 3, 20, 14))) == 1
    with pytest.raises(FileExistsError, match="folder"):
        model.save_pretrained(tmp_path / "folder")


def test_hub_address_is_asked_for(model, tmp_path, monkeypatch):
    hub = pytest.importorskip("huggingface_hub", reason="needs the extra [hub]")
    model.save_pretrained(tmp_path / "folder")
    asked = []

    def download(repo_id, filename, **options):
        asked.append((repo_id, filename))
        return str(tmp_path / "folder" / filename)

    monkeypatch.setattr(hub.hub_mixin, "hf_hub_download", download)
    assert_equal(model, SOLIDERSwin.from_pretrained("hf://owner/name"))
    assert asked == [("owner/name", "config.json"), ("owner/name", "model.safetensors")]


def test_card_states_license_data_and_checksum(model, tmp_path):
    pytest.importorskip("huggingface_hub", reason="needs the extra [hub]")
    model.save_pretrained(tmp_path / "reid", find_model(REID).metadata)
    card = (tmp_path / "reid" / "README.md").read_text("utf-8")
    assert "\nlicense: apache-2.0\n" in card
    assert "| Training data, whose own terms apply | synthetic pedestrians |" in card
    assert "| Default λ | 0.6 |" in card
    assert "| Input | 64x32 (H×W), RGB |" in card
    assert "[127.5, 127.5, 127.5]" in card
    weights = (tmp_path / "reid" / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() in card


def test_card_without_facts_invents_none(model, tmp_path):
    pytest.importorskip("huggingface_hub", reason="needs the extra [hub]")
    model.save_pretrained(tmp_path / "own")
    card = (tmp_path / "own" / "README.md").read_text("utf-8")
    assert 'license: other\nlicense_name: "not stated"' in card
    assert "No numbers are recorded" in card


def test_names_and_files():
    by_name = SOLIDERSwin.from_pretrained(REID)
    assert by_name.semantic_weight == 0.2
    by_file = SOLIDERSwin.from_pretrained(find_model(REID).weights)
    assert_equal(by_name, by_file)
    assert SOLIDERSwin.from_pretrained("embedded").semantic_weight is None


def test_refuses_what_holds_no_semantic_controllers(tmp_path):
    weights = SOLIDERSwin(arch=ARCH).state_dict()
    plain = {k: v for k, v in weights.items() if "semantic" not in k}
    save_checkpoint(plain, tmp_path / "plain.safetensors")
    with pytest.raises(ValueError, match="plain Swin without semantic controllers"):
        SOLIDERSwin.from_pretrained(tmp_path / "plain.safetensors")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"has no config\.json"):
        SOLIDERSwin.from_pretrained(tmp_path / "empty")
    with pytest.raises(ValueError, match="no published weights"):
        SOLIDERSwin.from_pretrained(
            "reid_solider-swin-tiny_1xb64-amp-cosine-120e_msmt17-384x128"
        )


def test_names_the_extra(model, tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    pretrained._hub_class.cache_clear()
    monkeypatch.setattr(pretrained.importlib, "import_module", missing)
    with pytest.raises(ImportError, match=r"solider_mm\[hub\]"):
        model.save_pretrained(tmp_path / "folder")
    assert not list(tmp_path.iterdir())


def test_converted_files_keep_their_config(tmp_path):
    weights = find_model(REID).weights
    config = config_of(load_file(weights))
    for name, convert in (("a.pth", to_official), ("b.safetensors", to_openmmlab)):
        save_checkpoint(convert(read_checkpoint(weights)), tmp_path / name)
        kept = config_of(load_file(tmp_path / name))
        assert isinstance(kept, Config)
        assert kept.model.backbone == config.model.backbone
