import json

import numpy as np
import pytest
import torch
from PIL import Image

from solider_mm.checkpoints.embedded import EMBEDDED_SIZE, embedded_backbone
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD, image_batch
from solider_mm.inference.feature_extractor import FeatureExtractor, embedded_config
from solider_mm.inference.feature_file import (
    FeatureTable,
    load_features,
    save_features,
)
from solider_mm.registry import MODELS
from solider_mm.synthetic import render_pedestrian


@pytest.fixture(scope="module")
def people():
    return [render_pedestrian(n, 0, 0, (96, 48))["image"] for n in range(5)]


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor(show_progress=False)


@pytest.fixture(scope="module")
def backbone():
    model = MODELS.build(embedded_backbone())
    model.init_weights()
    return model.eval()


def expected(backbone, people, weights):
    images = [torch.from_numpy(image) for image in people]
    batch = image_batch(images, EMBEDDED_SIZE, IMAGE_MEAN, IMAGE_STD)
    with torch.no_grad():
        return backbone(batch, torch.tensor(weights))[-1].mean((2, 3)).numpy()


def test_features_are_those_of_the_backbone(extractor, backbone, people):
    found = extractor(people, 0.3, batch_size=2)
    features = np.stack([result["feature"] for result in found])
    assert np.allclose(features, expected(backbone, people, [0.3] * 5), atol=1e-5)
    assert found[0]["size"] == (96, 48)
    assert found[0]["semantic_weight"] == 0.3


def test_one_semantic_weight_per_image(extractor, backbone, people):
    weights = [0.0, 0.25, 0.5, 0.75, 1.0]
    found = extractor(people, weights, batch_size=3)
    features = np.stack([result["feature"] for result in found])
    assert np.allclose(features, expected(backbone, people, weights), atol=1e-5)
    assert [result["semantic_weight"] for result in found] == weights


def test_model_is_as_before_after_a_call(extractor, people):
    extractor(people[:1], 0.7)
    assert extractor.model.semantic_weight == 0.2


def test_embedded_backbone_has_its_own_semantic_weight(extractor, people):
    found = extractor(people[:1])
    assert found[0]["semantic_weight"] == 0.2
    assert np.array_equal(found[0]["feature"], extractor(people[:1], 0.2)[0]["feature"])


def test_other_models_need_a_semantic_weight(people):
    model = FeatureExtractor(embedded_config(), "embedded", show_progress=False)
    with pytest.raises(ValueError, match="no semantic_weight"):
        model(people[:1])


def test_unit_length(people):
    found = FeatureExtractor(normalize=True, show_progress=False)(people, 1.0)
    assert np.linalg.norm(found[0]["feature"]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"semantic_weight": 2}, "semantic_weight"),
        ({"semantic_weight": [0.1, 0.2]}, "has 2 values, but there are more images"),
        ({"semantic_weight": 0, "batch_size": 0}, "batch_size is 0"),
    ],
)
def test_wrong_calls(extractor, people, arguments, message):
    with pytest.raises(ValueError, match=message):
        extractor(people, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "reid_solider-swin-nano"}, "did you mean "),
        ({"model": "none.py"}, "no config at none.py"),
        ({"weights": "none.pth"}, "no checkpoint at none.pth"),
        ({"device": "nonsense"}, "device is 'nonsense'"),
    ],
)
def test_wrong_models(arguments, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        FeatureExtractor(**arguments)


def test_rows_and_skipped_images(extractor, people, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, image in enumerate(people[:2]):
        Image.fromarray(image).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"x")
    found = extractor(folder, 0.0, out_dir=tmp_path / "out")
    rows = (tmp_path / "out" / "features.jsonl").read_text().splitlines()
    assert [json.loads(row)["name"] for row in rows] == ["0", "1"]
    assert len(found) == 2
    assert "broken.png" in extractor.problems.messages[0]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["features.jsonl"]


def test_nothing_readable(extractor, tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"no image could be read \(1 skipped"):
        extractor(tmp_path, 0.0, out_dir=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_saved_features_are_read_again(tmp_path, people, extractor):
    features = np.stack([r["feature"] for r in extractor(people, 0.0)])
    save_features(FeatureTable(features, list("abcde")), tmp_path / "f.safetensors")
    assert np.array_equal(load_features(tmp_path / "f.safetensors").features, features)
