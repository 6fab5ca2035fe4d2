import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest

from solider_mm.evaluation.citypersons import ap50, miss_rate
from solider_mm.evaluation.citypersons.scores import SETTINGS

GOLDEN_NAMES = ["Reasonable", "Reasonable_small", "Reasonable_occ=heavy", "All"]


def golden(golden_dir, name):
    return json.loads((golden_dir / f"citypersons_{name}.json").read_text())


def person(x, height=100.0, *, image_id=1, **fields):
    box = [float(x), 400.0, 0.41 * height, height]
    return {
        "image_id": image_id,
        "bbox": box,
        "height": height,
        "vis_ratio": 1.0,
        "ignore": 0,
        **fields,
    }


def scene(*annotations, num_images=200):
    images = [{"id": number} for number in range(1, num_images + 1)]
    return {"images": images, "annotations": list(annotations)}


def found(annotation, score=0.9):
    return {k: annotation[k] for k in ("image_id", "bbox")} | {"score": score}


def test_matches_official_miss_rates(golden_dir):
    truth, detections = golden(golden_dir, "gt"), golden(golden_dir, "dt")
    for expected in golden(golden_dir, "mr")["official_citypersons"]:
        got = miss_rate(truth, detections, expected["setup"])
        assert got == pytest.approx(expected["miss_rate"], abs=1e-9)
        listed = miss_rate(truth["annotations"], detections, expected["setup"])
        assert listed == got


def test_matches_official_edge_cases(golden_dir):
    cases = golden(golden_dir, "edge_cases")
    assert len(cases) == 6
    for case in cases:
        for expected in case["expected"]:
            got = miss_rate(case["gt"], case["dt"], expected["setup"])
            assert got == pytest.approx(expected["miss_rate"], abs=1e-9), case["name"]


def test_accepts_official_names():
    truth = scene(person(10, 60.0), person(200, vis_ratio=0.4), person(300, 25.0))
    detections = [found(truth["annotations"][0]), found(truth["annotations"][2])]
    for ours, official in zip(SETTINGS, GOLDEN_NAMES, strict=True):
        assert miss_rate(truth, detections, ours) == miss_rate(
            truth, detections, official
        )


def test_miss_rates_of_hand_computed_example():
    """200 images, so that one false positive stays below the first sample, 0.01."""
    truth = scene(person(10), person(200), person(400, 60.0), person(600, 30.0))
    detections = [found(truth["annotations"][0]), found(person(900), 0.8)]
    assert miss_rate(truth, detections, "Reasonable") == pytest.approx(2 / 3)
    assert miss_rate(truth, detections, "All") == pytest.approx(3 / 4)
    assert miss_rate(truth, detections, "Reasonable-small") == 1.0
    assert miss_rate(truth, detections, "Heavy") == -1.0


@pytest.mark.parametrize("setting", SETTINGS)
def test_perfect_and_empty_detectors(setting):
    people = [person(100, 60.0, vis_ratio=0.65)]
    assert miss_rate(scene(*people), [found(p) for p in people], setting) == 0.0
    assert miss_rate(scene(*people), [], setting) == 1.0
    assert miss_rate(scene(), [], setting) == -1.0
    assert miss_rate(scene(num_images=0), [], setting) == -1.0


@pytest.mark.parametrize(
    ("setting", "height", "visibility"),
    [
        ("Reasonable", 50, 0.65),
        ("Reasonable-small", 50, 0.65),
        ("Reasonable-small", 75, 1.0),
        ("Heavy", 50, 0.2),
        ("Heavy", 500, 0.65),
        ("All", 20, 0.2),
    ],
)
def test_ranges_are_inclusive(setting, height, visibility):
    truth = scene(person(10, float(height), vis_ratio=visibility))
    assert miss_rate(truth, [], setting) == 1.0


@pytest.mark.parametrize(
    ("setting", "height", "kept"),
    [
        ("Reasonable", 40.0, True),
        ("Reasonable", 39.9, False),
        ("Reasonable-small", 93.7, True),
        ("Reasonable-small", 93.75, False),
        ("All", 16.0, True),
    ],
)
def test_tolerates_detections_slightly_out_of_range(setting, height, kept):
    """One false positive on 50 images is above the first two of the nine samples."""
    truth = scene(person(10, 60.0), person(90, 60.0), person(190, 60.0), num_images=50)
    detections = [
        found(truth["annotations"][0], 0.9),
        found(person(900, height), 0.8),
        found(truth["annotations"][1], 0.7),
    ]
    rates = [2 / 3] * (2 if kept else 0) + [1 / 3] * (7 if kept else 9)
    expected = math.exp(sum(math.log(rate) for rate in rates) / 9)
    assert miss_rate(truth, detections, setting) == pytest.approx(expected)


def test_uses_best_thousand_detections_per_image():
    truth = scene(person(10), num_images=2000)
    false_positives = [found(person(900), 0.9)] * 1000
    late = [*false_positives, found(truth["annotations"][0], 0.1)]
    assert miss_rate(truth, late, "Reasonable") == 1.0
    assert miss_rate(truth, late[1:], "Reasonable") < 1.0


def test_accepts_boxes_outside_image_or_without_area():
    truth = scene(person(-500), person(10), person(3000, ignore=1))
    truth["annotations"].append(person(5) | {"bbox": [5, 5, 0, 100]})
    detections = [
        found(person(10)),
        {"image_id": 1, "bbox": [5.0, 5.0, 0.0, 100.0], "score": 0.8},
        {"image_id": 1, "bbox": [-900.0, -900.0, 50.0, 100.0], "score": 0.7},
    ]
    # Three targets, one detected; both false positives are within 2 / 200.
    assert miss_rate(truth, detections, "Reasonable") == pytest.approx(2 / 3)


def test_does_not_modify_input():
    truth, detections = scene(person(10), person(90, 20.0)), [found(person(10))]
    before = json.dumps([truth, detections])
    miss_rate(truth, detections, "Reasonable")
    assert json.dumps([truth, detections]) == before


def test_refuses_unknown_setting():
    with pytest.raises(ValueError, match="'Bare' is unknown; expected one of Reasona"):
        miss_rate(scene(person(10)), [], "Bare")


def load_benchmark(name):
    path = Path(__file__).parents[3] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def render_scenes():
    return load_benchmark("synthetic_results").render_scenes


@pytest.mark.parametrize("seed", range(4))
def test_matches_naive_loop(render_scenes, seed):
    loop_miss_rate = load_benchmark("reference/miss_rate").loop_miss_rate
    truth, detections = render_scenes(30, 6, 8, seed)
    for setting in SETTINGS:
        expected = loop_miss_rate(truth, detections, setting)
        assert miss_rate(truth, detections, setting) == pytest.approx(
            expected, abs=1e-9
        )


@pytest.mark.parametrize("seed", range(3))
def test_ap50_matches_coco(render_scenes, seed):
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    truth, detections = render_scenes(20, 4, 6, seed)
    rng = np.random.default_rng(seed)
    scores = rng.permutation(len(detections)) / len(detections)  # no ties
    for number, detection in enumerate(detections):
        detection.update(score=float(scores[number]), category_id=1)
    for record in truth["annotations"]:
        _, _, w, h = record["bbox"]
        record.update(category_id=1, iscrowd=record["ignore"], area=w * h)
    api = coco.COCO()
    api.dataset = {**truth, "categories": [{"id": 1, "name": "pedestrian"}]}
    api.createIndex()
    evaluator = cocoeval.COCOeval(api, api.loadRes(detections), "bbox")
    evaluator.params.maxDets = [1, 10, 1000]
    evaluator.evaluate()
    evaluator.accumulate()
    expected = evaluator.eval["precision"][0, :, 0, 0, 2].mean()
    assert ap50(truth, detections) == pytest.approx(expected, abs=1e-9)


def test_ap50_without_people_or_detections():
    assert ap50(scene(), []) == -1.0
    assert ap50(scene(person(10)), []) == 0.0
    assert ap50(scene(person(10)), [found(person(10))]) == 1.0
