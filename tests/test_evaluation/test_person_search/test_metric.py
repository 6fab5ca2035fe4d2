"""Person search against the official numbers, hand calculations and a naive loop."""

import json
import time

import numpy as np
import pytest
import torch
from scipy.io import loadmat

from solider_mm.evaluation.person_search.detection import (
    detection_recall_and_ap,
    mean_precision,
)
from solider_mm.evaluation.person_search.matching import (
    GraphMatching,
    best_matching,
    context_of,
)
from solider_mm.evaluation.person_search.metric import PersonSearchMetric
from solider_mm.evaluation.person_search.protocols import (
    listed_tasks,
    whole_gallery_tasks,
)
from solider_mm.evaluation.person_search.ranking import evaluate_search, match_threshold
from solider_mm.evaluation.person_search.records import Frame, Gallery, Query, box_iou
from solider_mm.registry import METRICS

SETS = {"prw": GraphMatching(30, 4), "cuhk": GraphMatching(10, 3)}


@pytest.fixture(scope="module")
def golden(golden_dir):
    path = golden_dir
    tables = json.loads((path / "person_search_metrics.json").read_text())
    return tables, np.load(path / "person_search_metrics.npz")


def golden_frames(golden, name):
    tables, arrays = golden
    offset = arrays[f"{name}_dets_offset"]
    frames = []
    for i, image in enumerate(tables[name]["images"]):
        own = slice(offset[i], offset[i + 1])
        ids = np.array(image["pids"])
        found = arrays[f"{name}_dets"][own]
        frames.append(
            Frame(
                image["img_name"],
                np.array(image["boxes"], dtype=float),
                np.where(ids == 5555, -1, ids),
                found[:, :4],
                found[:, 4],
                arrays[f"{name}_feats"][own],
                image.get("cam_id", -1),
            )
        )
    return frames


def golden_queries(golden, name):
    tables, arrays = golden
    offset = arrays[f"{name}_query_dets_offset"]
    return [
        Query(
            query["img_name"],
            np.array(query["box"], dtype=float),
            query["pid"],
            arrays[f"{name}_query_box_feats"][i],
            query.get("cam_id", -1),
            arrays[f"{name}_query_feats"][offset[i] : offset[i + 1]],
        )
        for i, query in enumerate(tables[name]["queries"])
    ]


def protocol_table(path, name):
    """A TestG file as the metric wants it, read without our reader."""
    names, galleries = {}, []
    for row in loadmat(str(path), squeeze_me=True)[name]:
        frames, boxes = [], []
        for item in np.atleast_1d(row["Gallery"]):
            frames.append(names.setdefault(str(item["imname"]), len(names)))
            x, y, w, h = np.ravel(item["idlocate"]) if item[1].size else [np.nan] * 4
            boxes.append([x, y, x + w, y + h])
        galleries.append({"frames": np.array(frames), "boxes": np.array(boxes)})
    return {"names": list(names), "galleries": galleries}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("threshold", [0.01, 0.5])
@pytest.mark.parametrize("people", ["all", "labeled"])
def test_detection_is_the_official(golden, name, threshold, people):
    expected = golden[0][name]["expected"]["detection"]
    expected = expected[f"det_thresh_{threshold}_{people}"]
    recall, precision = detection_recall_and_ap(
        golden_frames(golden, name),
        score_threshold=threshold,
        labeled_only=people == "labeled",
    )
    assert recall == pytest.approx(expected["recall"], abs=1e-9)
    assert precision == pytest.approx(expected["ap"], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        *(
            ("prw", f"{cameras}_{cbgm}")
            for cameras in ("all_cameras_default", "cross_camera")
            for cbgm in ("nocbgm", "cbgm")
        ),
        *(
            ("cuhk", f"{size}_{cbgm}")
            for size in ("TestG20", "TestG50")
            for cbgm in ("nocbgm", "cbgm")
        ),
    ],
)
def test_search_is_the_official(golden, golden_dir, name, setting):
    gallery = Gallery(golden_frames(golden, name))
    queries = golden_queries(golden, name)
    if name == "prw":
        same_camera = setting.startswith("all_cameras")
        tasks = whole_gallery_tasks(gallery, queries, same_camera=same_camera)
    else:
        size = setting.split("_", maxsplit=1)[0]
        path = golden_dir / f"person_search_{size}.mat"
        tasks = listed_tasks(gallery, protocol_table(path, size))
    matching = None if setting.endswith("nocbgm") else SETS[name]
    result = evaluate_search(gallery, queries, tasks, matching=matching)
    expected = golden[0][name]["expected"]["search"][setting]
    assert result.mean_ap == pytest.approx(expected["mAP"], abs=1e-9)
    for k in (1, 5, 10):
        assert result.top(k) == pytest.approx(expected[f"top{k}"], abs=1e-9)


def test_matching_is_the_official(golden):
    for case in golden[0]["kuhn_munkres"]:
        column, value = best_matching(np.array(case["weights"]))
        mine = [j for i, j in case["matching"] if i == 0]
        assert column == (mine[0] if mine else None)
        assert value == pytest.approx(case["value"], abs=1e-9)


def test_match_threshold_of_known_boxes():
    boxes = np.array([[0, 0, 40, 100], [5, 5, 15, 25], [3, 3, 3, 9]])
    np.testing.assert_allclose(match_threshold(boxes), [0.5, 1 / 3, 0])


def test_average_precision_by_hand():
    """Right, wrong, right: (1 + 2/3) / 2; equal scores are one threshold."""
    assert mean_precision(np.array([0.9, 0.8, 0.7]), np.array([0.9, 0.7])) == (
        pytest.approx(5 / 6)
    )
    assert mean_precision(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    assert mean_precision(np.array([0.5]), np.array([])) == 0


def test_box_iou_of_boxes_without_area():
    empty = np.array([3.0, 3, 3, 9])
    assert box_iou(empty, empty) == 0
    assert box_iou(np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])) == (
        pytest.approx(1 / 3)
    )


def naive_search(frames, queries, threshold=0.5):
    """Written from the rules, frame by frame and detection by detection."""
    precisions, tops = [], []
    for query in queries:
        ranked, targets = [], 0
        for frame in frames:
            if frame.name == query.frame:
                continue
            truth = [
                box
                for box, person in zip(frame.boxes, frame.person_ids, strict=True)
                if person == query.person_id
            ]
            targets += bool(truth)
            found = [i for i, s in enumerate(frame.scores) if s >= threshold]
            found.sort(key=lambda i: -(frame.embeddings[i] @ query.embedding))
            is_open = bool(truth)
            for i in found:
                right = is_open and (
                    box_iou(frame.detections[i], truth[0]) >= match_threshold(truth[0])
                )
                is_open = is_open and not right
                ranked.append((frame.embeddings[i] @ query.embedding, bool(right)))
        if not targets:
            continue
        ranked.sort(key=lambda pair: -pair[0])
        hits = [i for i, (_, right) in enumerate(ranked, 1) if right]
        precision = np.mean([(n + 1) / i for n, i in enumerate(hits)]) if hits else 0
        precisions.append(precision * len(hits) / targets)
        tops.append(any(right for _, right in ranked[:1]))
    return np.mean(precisions), np.mean(tops)


def drawn_problem(rng, num_frames=12, num_people=5):
    frames = []
    for i in range(num_frames):
        count = rng.integers(0, 5)
        corner = rng.uniform(0, 100, (count, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(15, 60, (count, 2))], 1)
        ids = rng.permutation(np.arange(-1, num_people))[:count]
        num_found = 0 if not count else rng.integers(0, 7)
        found = boxes[rng.integers(0, max(count, 1), num_found)] if count else boxes
        found = found + rng.normal(0, 5, found.shape)
        vectors = rng.normal(size=(len(found), 8))
        frames.append(
            Frame(f"{i}.jpg", boxes, ids, found, rng.random(len(found)), vectors)
        )
    return frames


def test_search_equals_a_naive_loop():
    rng = np.random.default_rng(0)
    frames = drawn_problem(rng, 30)
    queries = [
        Query(f.name, box, int(person), rng.normal(size=8))
        for f in frames
        for box, person in zip(f.boxes, f.person_ids, strict=True)
        if person >= 0
    ]
    gallery = Gallery(frames)
    result = evaluate_search(gallery, queries, whole_gallery_tasks(gallery, queries))
    precision, top = naive_search(frames, queries)
    assert result.mean_ap == pytest.approx(precision, abs=1e-12)
    assert result.top(1) == pytest.approx(top, abs=1e-12)


def sample(name, boxes, ids, found, scores, vectors, **meta):
    """A data sample as mmengine's evaluator hands it over."""
    return {
        "img_path": f"/somewhere/{name}",
        "is_query": False,
        "gt_instances": {
            "bboxes": torch.tensor(boxes).reshape(-1, 4).float(),
            "instances_ids": torch.tensor(ids, dtype=torch.long),
        },
        "pred_instances": {
            "bboxes": torch.tensor(found).reshape(-1, 4).float(),
            "scores": torch.tensor(scores).float(),
            "embeddings": torch.tensor(vectors).reshape(-1, 2).float(),
        },
        **meta,
    }


BOX, FAR = [10, 10, 50, 110], [200, 10, 240, 110]


def small_set():
    """Two people in frames a (camera 1), b (1) and c (2); b holds nobody found."""
    query = dict(is_query=True, camera_id=1, query_index=0)
    return [
        sample("a.jpg", [BOX, FAR], [1, -1], [BOX], [0.9], [[0.9, 0.0]], camera_id=1),
        sample("b.jpg", [BOX], [1], [], [], [], camera_id=1),
        sample(
            "c.jpg",
            [BOX, FAR],
            [1, 2],
            [FAR, BOX],
            [0.8, 0.6],
            [[0.5, 0.0], [0.4, 0.1]],
            camera_id=2,
        ),
        sample("a.jpg", [BOX], [1], [BOX], [1.0], [[1.0, 0.0]], **query),
    ]


def empty_frame(name):
    """Nobody is there, and one is found."""
    boxes = np.zeros((0, 4))
    found = np.zeros((1, 4)), np.ones(1), np.ones((1, 2))
    return Frame(name, boxes, np.zeros(0, int), *found)


def evaluate(samples, meta=None, **kwargs):
    metric = METRICS.build(dict(type="solider_mm.PersonSearchMetric", **kwargs))
    metric.dataset_meta = meta or {}
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_metric_by_hand():
    """Frame c: the wrong one is nearer (0.5 > 0.4): precision 1/2, found in 1 of 2."""
    figures = evaluate(small_set(), protocols=("all_cameras", "cross_camera"))
    assert figures["person_search/mAP"] == pytest.approx(100 * 0.5 * 0.5)
    assert figures["person_search/top1"] == 0
    assert figures["person_search/top5"] == 100
    assert figures["person_search/cross_camera_mAP"] == pytest.approx(100 * 0.5)
    assert figures["person_search/recall"] == pytest.approx(100 * 3 / 5)
    assert figures["person_search/AP"] == pytest.approx(100 * 3 / 5)
    assert figures["person_search/labeled_recall"] == pytest.approx(100 * 3 / 4)


def test_metric_reads_protocol_tables():
    """Frame x is not in the gallery: it counts as not found."""
    boxes = np.array([BOX, [np.nan] * 4, BOX])
    table = {
        "names": ["c.jpg", "b.jpg", "x.jpg"],
        "galleries": [{"frames": np.arange(3), "boxes": boxes}],
    }
    meta = {"protocols": {"TestG3": table}}
    figures = evaluate(small_set(), meta, protocols=["TestG3"])
    assert figures["person_search/mAP"] == pytest.approx(100 * 0.5 * 0.5)


def test_queries_that_are_nowhere_else_do_not_count():
    samples = small_set()
    lonely = dict(is_query=True, camera_id=2, query_index=1)
    samples.append(sample("c.jpg", [FAR], [2], [FAR], [1.0], [[0.0, 1.0]], **lonely))
    assert evaluate(samples)["person_search/mAP"] == pytest.approx(25)
    alone = [*samples[:3], samples[4]]
    assert np.isnan(evaluate(alone)["person_search/mAP"])


def test_nobody_is_found_at_all():
    samples = small_set()
    empty = sample("", [], [], [], [], [])["pred_instances"]
    for each in samples[:3]:
        each["pred_instances"] = empty
    figures = evaluate(samples, graph_matching={})
    assert figures["person_search/mAP"] == 0
    assert figures["person_search/recall"] == 0


def test_nobody_is_there_to_find():
    assert np.isnan(detection_recall_and_ap([empty_frame("a")])).all()


def test_context_is_the_query_then_its_company():
    vectors = np.array([[0.9, 0.0], [0.0, 0.7], [0.6, 0.0]], dtype=np.float32)
    boxes = np.array([BOX, FAR, [400, 0, 440, 90]], dtype=float)
    frame = Frame("a", boxes, np.arange(3), boxes, np.array([0.9, 0.6, 0.7]), vectors)
    query = Query("a", np.array(BOX, float), 0, np.array([1.0, 0.0]))
    gallery = Gallery([frame])
    np.testing.assert_allclose(context_of(query, gallery), [[1, 0], [1, 0], [0, 1]])
    away = Query("z", np.array(BOX, float), 0, np.array([1.0, 0.0]))
    np.testing.assert_allclose(context_of(away, gallery), [[1, 0]])


def test_refusals():
    with pytest.raises(ValueError, match="expected a list of names"):
        PersonSearchMetric(protocols="all_cameras")
    with pytest.raises(ValueError, match="num_detections=0"):
        PersonSearchMetric(graph_matching=dict(num_detections=0))
    with pytest.raises(ValueError, match="protocol 'TestG100' is unknown"):
        evaluate(small_set(), protocols=["TestG100"])
    with pytest.raises(ValueError, match="3 gallery frames and 0 queries"):
        evaluate(small_set()[:3])
    table = {"names": [], "galleries": []}
    with pytest.raises(ValueError, match="lists 0 queries, the test set gave 1"):
        evaluate(small_set(), {"protocols": {"T": table}}, protocols=["T"])
    twice = empty_frame("a")
    with pytest.raises(ValueError, match="2 frames have 1 different names"):
        Gallery([twice, twice])


def test_the_golden_set_takes_far_less_than_two_seconds(golden):
    gallery = Gallery(golden_frames(golden, "prw"))
    queries = golden_queries(golden, "prw")
    start = time.process_time()
    evaluate_search(gallery, queries, whole_gallery_tasks(gallery, queries))
    assert time.process_time() - start < 2
