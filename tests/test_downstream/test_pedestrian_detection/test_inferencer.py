"""Detectors of mmdet by their name there, as people finders."""

import numpy as np
import pytest

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

import torch  # noqa: E402
from mmdet.apis import init_detector  # noqa: E402

from solider_mm.apis import (  # noqa: E402
    FeatureExtractor,
    PedestrianDetectionInferencer,
)
from solider_mm.inference.host_models import find_host_model  # noqa: E402

NAME = "rtmdet_tiny_8xb32-300e_coco"


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    torch.manual_seed(0)
    model = init_detector(str(find_host_model(NAME, "mmdet").config), device="cpu")
    for layer in model.bbox_head.rtm_cls:
        torch.nn.init.constant_(layer.bias, -4.0)
        torch.nn.init.constant_(layer.bias[:2], 1.0)  # finds persons and bicycles
    path = tmp_path_factory.mktemp("weights") / "rtmdet.pth"
    classes = model.dataset_meta["classes"]
    meta = {"dataset_meta": {"classes": list(classes)}}
    torch.save({"state_dict": model.state_dict(), "meta": meta}, path)
    return PedestrianDetectionInferencer(NAME, path, "cpu", show_progress=False)


def test_host_names():
    found = find_host_model(f"mmdet::{NAME}", "mmdet")
    assert found.config.name == f"{NAME}.py"
    assert found.weights.startswith("http") and found.weights.endswith(".pth")
    assert find_host_model("no_such_model", "mmdet") is None
    assert find_host_model(NAME, "no_such_host") is None


def test_only_people_are_reported(detector):
    image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    (found,) = detector([image], score_threshold=0.0)
    assert detector.person_labels() == [0]
    assert len(found["boxes"]) and set(found["labels"].tolist()) == {0}
    assert found["boxes"].min() >= 0
    assert np.all(found["boxes"] <= [128, 96, 128, 96])
    extractor = FeatureExtractor(show_progress=False)
    crops = extractor([image], 0.2, detector=lambda _: [found])
    assert 0 < len(crops) <= len(found["boxes"])


def test_no_model_of_that_name():
    with pytest.raises(ValueError, match="no model is called 'rtmdet_nano'"):
        PedestrianDetectionInferencer("rtmdet_nano")
