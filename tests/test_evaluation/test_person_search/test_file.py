import json

import pytest
import torch

from solider_mm.registry import METRICS

BOX, FAR = [10.0, 10, 50, 110], [200.0, 10, 240, 110]


def sample(name, box, person, found, scores, vectors, **meta):
    return {
        "img_path": f"frames/{name}",
        "gt_instances": {
            "bboxes": torch.tensor([box]),
            "instances_ids": torch.tensor([person]),
        },
        "pred_instances": {
            "bboxes": torch.tensor(found),
            "scores": torch.tensor(scores),
            "embeddings": torch.tensor(vectors),
        },
        **meta,
    }


def samples():
    """Person 1 is in a and c, where a wrong box is more similar; person 3 only in c."""
    vector = [[1.0, 0.0]]
    query = dict(is_query=True, camera_id=0)
    return [
        sample("a.jpg", BOX, 1, [BOX], [0.9], [[0.9, 0.0]], camera_id=0),
        sample("c.jpg", BOX, 1, [FAR, BOX], [0.75, 0.5], [[0.5, 0.0], [0.25, 0.0]]),
        sample("a.jpg", BOX, 1, [BOX], [1.0], vector, query_index=0, **query),
        sample("c.jpg", FAR, 3, [FAR], [1.0], vector, query_index=1, **query),
    ]


def write(path, **kwargs):
    cfg = dict(type="solider_mm.PersonSearchMetric", ranking_file=path, **kwargs)
    metric = METRICS.build(cfg)
    metric.process(None, samples())
    metrics = metric.evaluate(4)
    return metrics, json.loads(path.read_text())


def test_file_of_hand_computed_example(tmp_path):
    metrics, content = write(tmp_path / "search.json")
    assert metrics["person_search/mAP"] == 50
    assert content["protocol"] == "all_cameras"
    assert (content["mAP"], content["top"]["1"], content["top"]["5"]) == (0.5, 0, 1)
    first, second = content["queries"]
    miss = dict(box=FAR, score=0.75, similarity=0.5, is_match=False)
    hit = dict(box=BOX, score=0.5, similarity=0.25, is_match=True)
    frame = dict(img_path="frames/c.jpg", camera_id=-1)
    assert first == {
        "img_path": "frames/a.jpg",
        "box": BOX,
        "person_id": 1,
        "camera_id": 0,
        "average_precision": 0.5,
        "gallery": [{**frame, **miss}, {**frame, **hit}],
    }
    assert second["average_precision"] is None
    assert [match["is_match"] for match in second["gallery"]] == [False]


def test_top_k_limits_detections(tmp_path):
    _, content = write(tmp_path / "search.json", top_k=1)
    assert [len(query["gallery"]) for query in content["queries"]] == [1, 1]
    assert content["queries"][0]["gallery"][0]["similarity"] == 0.5


def test_refuses_top_k_below_one(tmp_path):
    with pytest.raises(ValueError, match="top_k=0"):
        write(tmp_path / "search.json", top_k=0)
