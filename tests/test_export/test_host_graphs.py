"""Graphs of the tasks of optional hosts answer as the inferencers do."""

import numpy as np
import pytest
import torch

from solider_mm.export import export_onnx
from solider_mm.export.expected_input import ExpectedInput
from solider_mm.export.model_finding import find_model_to_export
from solider_mm.export.self_check import open_session
from solider_mm.export.task_graphs import build_graph
from solider_mm.model_index import list_models
from solider_mm.synthetic import render_pedestrian, render_scene

(PARSING,) = list_models("human_parsing", with_weights=True)
(POSE,) = list_models("human_pose", with_weights=True)
(DETECTION,) = list_models("pedestrian_detection", with_weights=True)
(SEARCH,) = list_models("person_search", with_weights=True)


def planes(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].float()


def outputs_of(name, image):
    """Outputs of the graph in PyTorch at the model's own λ."""
    found = find_model_to_export(name)
    graph = build_graph(found)
    pixels = ExpectedInput("0-255", found.mean, found.std)
    weight = torch.tensor([found.semantic_weight])
    with torch.no_grad():
        outputs = graph(pixels(planes(image)), weight)
    return dict(zip(graph.output_names, outputs, strict=True))


@pytest.mark.host("mmpose")
def test_keypoints_are_decoded_as_in_mmpose():
    from mmpose.codecs import MSRAHeatmap  # noqa: PLC0415

    from solider_mm.export.pose_graph import decode_heatmaps  # noqa: PLC0415

    heatmaps = torch.randn(2, 30, 16, 12)  # maxima also at the borders
    heatmaps[0, 0] = -1.0
    codec = MSRAHeatmap(input_size=(48, 64), heatmap_size=(12, 16), sigma=2)
    cells, scores = decode_heatmaps(heatmaps)
    for i in range(2):
        points, values = codec.decode(heatmaps[i].numpy())
        np.testing.assert_allclose(scores[i], values[0])
        is_found = values[0] > 0
        np.testing.assert_allclose(4 * cells[i][is_found], points[0][is_found])
    assert cells[0, 0].tolist() == [-1.0, -1.0]


@pytest.mark.host("mmdet")
def test_detection_equals_the_inferencer():
    from solider_mm.apis import PedestrianDetectionInferencer  # noqa: PLC0415

    size = find_model_to_export(DETECTION).size
    image = render_scene(0, size=size)["image"]
    (expected,) = PedestrianDetectionInferencer(show_progress=False, device="cpu")(
        image, score_threshold=0.0
    )
    found = outputs_of(DETECTION, image)
    count = int((found["scores"][0] > 0).sum())
    assert count == len(expected["scores"]) > 0
    scores, boxes = found["scores"][0, :count], found["boxes"][0, :count]
    np.testing.assert_allclose(scores, expected["scores"], atol=1e-4)
    np.testing.assert_allclose(boxes, expected["boxes"], atol=1e-2)


@pytest.mark.host("mmseg")
def test_labels_are_those_of_the_head():
    image = render_pedestrian(0, 0, 0, (128, 88))["image"]
    found = find_model_to_export(PARSING)
    pixels = ExpectedInput("0-255", found.mean, found.std)
    with torch.no_grad():
        maps = found.model.extract_feat(pixels(planes(image)))
        logits = found.model.decode_head(maps).fusion
    wide = torch.nn.functional.interpolate(
        logits, (128, 88), mode="bilinear", align_corners=True
    )
    answer = outputs_of(PARSING, image)
    torch.testing.assert_close(answer["logits"], wide, rtol=1e-4, atol=1e-4)
    assert torch.equal(answer["labels"], answer["logits"].argmax(1))


@pytest.mark.host("mmdet")
def test_person_search_is_refused_but_not_its_backbone():
    found = find_model_to_export(SEARCH)
    with pytest.raises(ValueError, match="model for person_search, expected one of"):
        build_graph(found)
    trunk = find_model_to_export(SEARCH, task="backbone")
    assert build_graph(trunk).output_names == ["stage1"]
    assert trunk.semantic_weight == 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dynamic_size"),
    [
        pytest.param(PARSING, False, marks=pytest.mark.host("mmseg")),
        pytest.param(POSE, False, marks=pytest.mark.host("mmpose")),
        pytest.param(DETECTION, True, marks=pytest.mark.host("mmdet")),
    ],
)
def test_file_is_checked_and_answers(tmp_path, name, dynamic_size):
    pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
    pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
    out = tmp_path / "model.onnx"
    facts = export_onnx(name, out, expects="0-255", dynamic_size=dynamic_size)
    assert facts["largest_difference"] < 1e-4
    height, width = facts["size"]
    if dynamic_size:
        height, width = height + 32, width - 40
    image = render_scene(0, size=(height, width))["image"]
    expected = outputs_of(name, image)
    found = open_session(out).run(None, {"images": planes(image).numpy()})
    graph = build_graph(find_model_to_export(name))
    tensors = map(torch.from_numpy, found)
    apart = graph.differences(
        dict(zip(graph.output_names, tensors, strict=True)), expected
    )
    assert max(apart.values()) < 1e-4
