import numpy as np
import pytest
import torch

from solider_mm.evaluation.person_search.metric import PersonSearchMetric
from solider_mm.registry import METRICS


def sample(name, boxes, ids, found, scores, vectors, **meta):
    """Return a data sample as mmengine's evaluator passes it."""
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
    """Two people in frames a (camera 1), b (1) and c (2); no detection in b."""
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


def evaluate(samples, meta=None, **kwargs):
    metric = METRICS.build(dict(type="solider_mm.PersonSearchMetric", **kwargs))
    metric.dataset_meta = meta or {}
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_metrics_of_hand_computed_example():
    """In frame c the wrong box is nearer (0.5 > 0.4); precision = recall = 1/2."""
    metrics = evaluate(small_set(), protocols=("all_cameras", "cross_camera"))
    assert metrics["person_search/mAP"] == pytest.approx(100 * 0.5 * 0.5)
    assert metrics["person_search/top1"] == 0
    assert metrics["person_search/top5"] == 100
    assert metrics["person_search/cross_camera_mAP"] == pytest.approx(100 * 0.5)
    assert metrics["person_search/recall"] == pytest.approx(100 * 3 / 5)
    assert metrics["person_search/AP"] == pytest.approx(100 * 3 / 5)
    assert metrics["person_search/labeled_recall"] == pytest.approx(100 * 3 / 4)


def test_reads_protocol_tables():
    """Frame x is missing from the gallery and counts as not found."""
    boxes = np.array([BOX, [np.nan] * 4, BOX])
    table = {
        "names": ["c.jpg", "b.jpg", "x.jpg"],
        "galleries": [{"frames": np.arange(3), "boxes": boxes}],
    }
    meta = {"protocols": {"TestG3": table}}
    metrics = evaluate(small_set(), meta, protocols=["TestG3"])
    assert metrics["person_search/mAP"] == pytest.approx(100 * 0.5 * 0.5)


def test_ignores_queries_without_match():
    samples = small_set()
    unmatched = dict(is_query=True, camera_id=2, query_index=1)
    samples.append(sample("c.jpg", [FAR], [2], [FAR], [1.0], [[0.0, 1.0]], **unmatched))
    assert evaluate(samples)["person_search/mAP"] == pytest.approx(25)
    alone = [*samples[:3], samples[4]]
    assert np.isnan(evaluate(alone)["person_search/mAP"])


def test_scores_are_zero_without_detections():
    samples = small_set()
    empty = sample("", [], [], [], [], [])["pred_instances"]
    for each in samples[:3]:
        each["pred_instances"] = empty
    metrics = evaluate(samples, graph_matching={})
    assert metrics["person_search/mAP"] == 0
    assert metrics["person_search/recall"] == 0


def test_refuses_invalid_arguments_and_results():
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
