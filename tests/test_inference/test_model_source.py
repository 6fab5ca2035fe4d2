import http.server
import threading
from contextlib import contextmanager
from functools import partial

import pytest
import torch
from mmengine.config import Config

from solider_mm.apis import AttributeInferencer, FeatureExtractor, ReIDInferencer
from solider_mm.checkpoints import read_checkpoint, save_checkpoint, to_openmmlab
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.checkpoints.stored_config import config_of
from solider_mm.fileio.download import sha256_of
from solider_mm.inference.model_source import resolve_model
from solider_mm.model_index import find_model

NANO = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"


@contextmanager
def serve(folder):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def backbone_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "backbone.pth"
    state = read_checkpoint("embedded").backbone
    torch.save({"state_dict": {f"backbone.{k}": v for k, v in state.items()}}, path)
    return path


@pytest.mark.parametrize("named", [{}, {"model": NANO}])
def test_backbone_alone_has_no_head(backbone_file, named):
    message = "holds a backbone without a head for reid: give a checkpoint"
    with pytest.raises(ValueError, match=message):
        ReIDInferencer(**named, weights=backbone_file)


def test_pretraining_file_has_no_head():
    with pytest.raises(ValueError, match="without a head for attributes"):
        AttributeInferencer(weights=EMBEDDED_CHECKPOINT)


def test_backbone_alone_gives_features(backbone_file):
    image = torch.zeros(64, 32, 3, dtype=torch.uint8).numpy()
    (ours,) = FeatureExtractor(show_progress=False)(image, 0.5)
    extractor = FeatureExtractor(weights=backbone_file, show_progress=False)
    assert extractor.size == (64, 32)
    (found,) = extractor(image, 0.5)
    assert (found["feature"] == ours["feature"]).all()
    with pytest.raises(ValueError, match="no semantic_weight"):
        extractor(image)


def test_weights_of_another_architecture():
    weights = find_model(NANO).weights
    tiny = NANO.replace("nano_1xb64-bf16-adamw-15e_synthetic-64x32", "")
    tiny += "tiny_1xb64-amp-cosine-120e_market1501-384x128"
    with pytest.raises(ValueError, match=r"lacks|expects"):
        ReIDInferencer(tiny, weights)


def test_file_without_swin_or_config(tmp_path):
    torch.save({"state_dict": {"fc.weight": torch.ones(2, 2)}}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="carries no config"):
        ReIDInferencer(tmp_path / "other.pth")


def test_converted_file_keeps_its_config(tmp_path):
    cfg = "global_size = (64, 32)\nmodel = dict(backbone=dict(arch='nano'))"
    state = read_checkpoint("embedded").backbone
    content = {
        "meta": {"cfg": cfg, "epoch": 3},
        "state_dict": {f"backbone.{name}": value for name, value in state.items()},
    }
    torch.save(content, tmp_path / "run.pth")
    for name in ("out.pth", "out.safetensors"):
        converted = to_openmmlab(read_checkpoint(tmp_path / "run.pth"))
        save_checkpoint(converted, tmp_path / name)
        source = resolve_model(tmp_path / name, None)
        assert source.config.global_size == (64, 32)
    assert config_of(converted).model.backbone.arch == "nano"


def test_config_and_mapping_are_not_changed():
    config = Config({"model": {"type": "A"}})
    assert resolve_model(config, None).config is not config
    assert resolve_model({"model": {"type": "A"}}, None).config.model.type == "A"


def test_hub_location(tmp_path, monkeypatch):
    hub = pytest.importorskip("huggingface_hub")
    calls = []

    def fake(repository, file):
        calls.append((repository, file))
        return str(find_model(NANO).weights)

    monkeypatch.setattr(hub, "hf_hub_download", fake)
    for text in ("hf://owner/name", "hf://owner/name/sub/reid.safetensors"):
        reid = ReIDInferencer(weights=text, device="cpu", show_progress=False)
        assert reid.model.head.num_classes == 150
    assert calls == [
        ("owner/name", "model.safetensors"),
        ("owner/name", "sub/reid.safetensors"),
    ]


@pytest.mark.parametrize("text", ["hf://owner", "hf:///name", "hf://"])
def test_hub_location_without_a_name(text):
    with pytest.raises(ValueError, match="expected hf://OWNER/NAME"):
        resolve_model(None, text)


def test_url_is_downloaded_once_and_verified(tmp_path, monkeypatch):
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "served" / "weights.safetensors"
    copy.parent.mkdir()
    copy.write_bytes(EMBEDDED_CHECKPOINT.read_bytes())
    with serve(copy.parent) as address:
        url = f"{address}/weights.safetensors"
        good = sha256_of(EMBEDDED_CHECKPOINT)
        path = fetch_weights(url, sha256=good)
        with pytest.raises(ValueError, match="has the checksum"):
            fetch_weights(url, sha256="0" * 64)
        with pytest.raises(OSError, match="cannot be downloaded"):
            fetch_weights(f"{address}/none.safetensors")
    assert fetch_weights(url, sha256=good) == path  # the server is gone
