"""Exported files give the answers of the package, at every λ."""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from solider_mm.apis import AttributeInferencer, FeatureExtractor, ReIDInferencer
from solider_mm.export import export_onnx, onnx_export
from solider_mm.export.self_check import open_session
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD
from solider_mm.models.backbones import SOLIDERSwin

pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
onnx = pytest.importorskip("onnx", reason="needs the extra [onnx]")

REID = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
ATTRIBUTE = "attribute_solider-swin-nano_1xb64-bf16-adamw-10e_synthetic-64x32"


class Exported(NamedTuple):
    path: Path
    facts: dict[str, Any]

    def __call__(self, images, weights=None):
        feed = {"images": np.ascontiguousarray(images, np.float32)}
        if weights is not None:
            feed["semantic_weight"] = np.array(weights, np.float32)
        return open_session(self.path).run(None, feed)[0]


def export(folder: Path, checkpoint: str, **options: Any) -> Exported:
    path = folder / f"{checkpoint[:9]}.onnx"
    return Exported(path, export_onnx(checkpoint, path, **options))


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    return export(tmp_path_factory.mktemp("backbone"), "embedded")


@pytest.fixture(scope="module")
def reid(tmp_path_factory):
    return export(tmp_path_factory.mktemp("reid"), REID, expects="0-1")


@pytest.fixture(scope="module")
def attribute(tmp_path_factory):
    return export(tmp_path_factory.mktemp("attribute"), ATTRIBUTE, expects="0-255")


def planes(people):
    return people.transpose(0, 3, 1, 2).astype(np.float32)


def by_imagenet(people):
    mean, std = (np.array(v).reshape(3, 1, 1) for v in (IMAGE_MEAN, IMAGE_STD))
    return (planes(people) - mean) / std


def test_default_semantic_weight_is_an_initializer_that_is_also_an_input(backbone):
    graph = onnx.load(backbone.path).graph
    assert [one.name for one in graph.input] == ["images", "semantic_weight"]
    (default,) = (one for one in graph.initializer if one.name == "semantic_weight")
    assert onnx.numpy_helper.to_array(default) == np.float32([0.2])
    session = open_session(backbone.path)
    assert [one.name for one in session.get_inputs()] == ["images"]
    assert session.get_inputs()[0].shape == ["batch", 3, 64, 32]


def test_backbone_equals_the_feature_extractor(backbone, people):
    extractor = FeatureExtractor(show_progress=False, device="cpu")
    for weight in (None, 0.0, 0.7):
        expected = [r["feature"] for r in extractor(list(people), weight)]
        found = backbone(by_imagenet(people), None if weight is None else [weight])
        np.testing.assert_allclose(found.mean((2, 3)), expected, atol=1e-5)


def test_one_semantic_weight_per_image(backbone, people):
    images = by_imagenet(people)
    mixed = backbone(images, [0.0, 0.4, 1.0])
    for i, weight in enumerate((0.0, 0.4, 1.0)):
        alone = backbone(images[i : i + 1], [weight])[0]
        np.testing.assert_allclose(mixed[i], alone, atol=1e-5)
    assert np.abs(backbone(images, [0]) - backbone(images, [1])).max() > 0.1


def test_number_of_semantic_weights_must_fit(backbone, people):
    with pytest.raises(Exception, match="Expand"):
        backbone(by_imagenet(people), [0.0, 1.0])


def test_reid_equals_the_inferencer_in_unit_vectors(reid, people):
    inferencer = ReIDInferencer(show_progress=False, device="cpu")
    for weight in (None, 0.9):
        expected = [r["feature"] for r in inferencer(list(people), weight)]
        found = reid(planes(people) / 255, None if weight is None else [weight])
        np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_attributes_equal_the_inferencer(attribute, people):
    inferencer = AttributeInferencer(show_progress=False, device="cpu")
    expected = [list(r["scores"].values()) for r in inferencer(list(people))]
    np.testing.assert_allclose(attribute(planes(people)), expected, atol=1e-5)
    assert attribute.facts["classes"] == inferencer.attribute_names(26)


def test_facts_are_in_the_file_and_beside_it(reid):
    beside = json.loads(
        reid.path.with_name(f"{reid.path.name}.metadata.json").read_text("utf-8")
    )
    assert beside == reid.facts
    wanted = {
        "task": "reid",
        "semantic_weight": 0.2,
        "size": [64, 32],
        "order": "RGB",
        "expects": "0-1",
        "mean": [127.5] * 3,
        "std": [127.5] * 3,
        "embedding_size": 160,
        "license": "Apache-2.0",
        "training_data": "synthetic pedestrians",
    }
    assert wanted.items() <= beside.items()
    model = onnx.load(reid.path)
    props = {one.key: one.value for one in model.metadata_props}
    assert json.loads(props["mean"]) == [127.5] * 3
    assert props["task"] == "reid"
    assert props["weights_sha256"] == beside["weights_sha256"]
    assert beside["sha256"] == hashlib.sha256(reid.path.read_bytes()).hexdigest()
    assert beside["largest_difference"] < 1e-5


def test_no_paths_of_this_machine_are_in_the_file(reid):
    content = reid.path.read_bytes()
    assert b".py" not in content
    assert str(Path.cwd()).encode() not in content


@pytest.fixture
def small_file(tmp_path):
    """Weights of a small custom backbone, without a config."""
    arch = {"embed_dims": 8, "depths": (1, 1), "num_heads": (1, 2)}
    model = SOLIDERSwin(arch=arch, window_size=4)
    save_file(model.state_dict(), tmp_path / "small.safetensors")
    return tmp_path / "small.safetensors"


def test_any_size_by_a_file_of_a_custom_backbone(small_file, tmp_path):
    out = tmp_path / "any.onnx"
    facts = export_onnx(
        small_file, out, semantic_weight=1, size=(32, 24), dynamic_size=True
    )
    assert facts["size"] == [32, 24]
    assert facts["dynamic_size"]
    found = Exported(out, facts)
    model = SOLIDERSwin.from_pretrained(small_file).eval()
    for height, width in ((32, 24), (45, 51), (16, 16), (96, 32)):
        images = torch.randn(2, 3, height, width)
        with torch.no_grad():
            expected = model(images, 1.0)[-1]
        np.testing.assert_allclose(found(images), expected, atol=1e-5)


def test_half_precision_keeps_types_of_inputs_and_outputs(small_file, tmp_path):
    out = tmp_path / "half.onnx"
    facts = export_onnx(small_file, out, semantic_weight=0.5, size=(32, 24), half=True)
    assert 1e-6 < facts["largest_difference"] < 2e-2
    session = open_session(out)
    assert session.get_inputs()[0].type == "tensor(float)"
    assert session.get_outputs()[0].type == "tensor(float)"
    kinds = [one.data_type for one in onnx.load(out).graph.initializer]
    assert kinds.count(onnx.TensorProto.FLOAT16) > 10


# ------------------------------------------------------------------- refusals


def left_behind(folder: Path) -> list[str]:
    return [one.name for one in folder.rglob("*") if one.name != "small.safetensors"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"names no λ: give semantic_weight"),
        ({"semantic_weight": 1.5}, r"outside \[0, 1\]"),
        ({"semantic_weight": 0, "size": (8, 4)}, r"size is \(8, 4\)"),
        ({"semantic_weight": 0, "expects": "bgr"}, r"expects is 'bgr'"),
        ({"task": "reid"}, r"holds a model for backbone, expected reid"),
    ],
)
def test_refuses(small_file, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        export_onnx(small_file, tmp_path / "new" / "out.onnx", **options)
    assert not left_behind(tmp_path)


def test_refuses_a_plain_swin(tmp_path, small_file):
    weights = load_file(small_file)
    plain = {k: v for k, v in weights.items() if "semantic" not in k}
    save_file(plain, small_file)
    with pytest.raises(ValueError, match=r"plain Swin .* λ would have no effect"):
        export_onnx(small_file, tmp_path / "out.onnx", semantic_weight=0)
    assert not left_behind(tmp_path)


def test_refuses_a_checkpoint_without_the_head(tmp_path, root):
    config = root / "configs" / "reid" / f"{REID}.py"
    with pytest.raises(ValueError, match="holds a backbone without a head for reid"):
        export_onnx("embedded", tmp_path / "out.onnx", config=config)
    assert not left_behind(tmp_path)


def test_refuses_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        export_onnx("embedded", tmp_path / "file" / "out.onnx")
    with pytest.raises(ValueError, match=r"ending in \.onnx"):
        export_onnx("embedded", tmp_path / "out.pt")
    assert left_behind(tmp_path) == ["file"]


def test_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("solider_mm.export.onnx_packages.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"solider_mm\[onnx\]"):
        export_onnx("embedded", tmp_path / "out.onnx")


def test_a_file_that_differs_is_deleted(tmp_path, small_file, monkeypatch):
    add = onnx_export.add_default_semantic_weight
    monkeypatch.setattr(
        onnx_export,
        "add_default_semantic_weight",
        lambda model, value, images: add(model, value + 0.3, images),
    )
    with pytest.raises(ValueError, match=r"stage1 is .* at size 32×24, batch 1, def"):
        export_onnx(
            small_file, tmp_path / "a" / "o.onnx", semantic_weight=0, size=(32, 24)
        )
    assert not left_behind(tmp_path)
