import numpy as np
import pytest
from scipy.io import loadmat

from solider_mm.evaluation.person_search.matching import GraphMatching
from solider_mm.evaluation.person_search.protocols import (
    listed_tasks,
    whole_gallery_tasks,
)
from solider_mm.evaluation.person_search.ranking import evaluate_search, match_threshold
from solider_mm.evaluation.person_search.records import Frame, Gallery, Query, box_iou

SETS = {"prw": GraphMatching(30, 4), "cuhk": GraphMatching(10, 3)}


def protocol_table(path, name):
    """Read a TestG file independently of the dataset's reader."""
    names, galleries = {}, []
    for row in loadmat(str(path), squeeze_me=True)[name]:
        frames, boxes = [], []
        for item in np.atleast_1d(row["Gallery"]):
            frames.append(names.setdefault(str(item["imname"]), len(names)))
            x, y, w, h = np.ravel(item["idlocate"]) if item[1].size else [np.nan] * 4
            boxes.append([x, y, x + w, y + h])
        galleries.append({"frames": np.array(frames), "boxes": np.array(boxes)})
    return {"names": list(names), "galleries": galleries}


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
def test_matches_official_search_scores(official, golden_dir, name, setting):
    gallery = Gallery(official.frames(name))
    queries = official.queries(name)
    if name == "prw":
        same_camera = setting.startswith("all_cameras")
        tasks = whole_gallery_tasks(gallery, queries, same_camera=same_camera)
    else:
        size = setting.split("_", maxsplit=1)[0]
        path = golden_dir / f"person_search_{size}.mat"
        tasks = listed_tasks(gallery, protocol_table(path, size))
    matching = None if setting.endswith("nocbgm") else SETS[name]
    result = evaluate_search(gallery, queries, tasks, matching=matching)
    expected = official.tables[name]["expected"]["search"][setting]
    assert result.mean_ap == pytest.approx(expected["mAP"], abs=1e-9)
    for k in (1, 5, 10):
        assert result.top(k) == pytest.approx(expected[f"top{k}"], abs=1e-9)


def test_match_threshold_of_known_boxes():
    boxes = np.array([[0, 0, 40, 100], [5, 5, 15, 25], [3, 3, 3, 9]])
    np.testing.assert_allclose(match_threshold(boxes), [0.5, 1 / 3, 0])


def naive_search(frames, queries, threshold=0.5):
    """Naive search, frame by frame and detection by detection."""
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
                is_match = is_open and (
                    box_iou(frame.detections[i], truth[0]) >= match_threshold(truth[0])
                )
                is_open = is_open and not is_match
                ranked.append((frame.embeddings[i] @ query.embedding, bool(is_match)))
        if not targets:
            continue
        ranked.sort(key=lambda pair: -pair[0])
        hits = [i for i, (_, is_match) in enumerate(ranked, 1) if is_match]
        precision = np.mean([(n + 1) / i for n, i in enumerate(hits)]) if hits else 0
        precisions.append(precision * len(hits) / targets)
        tops.append(any(is_match for _, is_match in ranked[:1]))
    return np.mean(precisions), np.mean(tops)


def random_frames(rng, num_frames=12, num_people=5):
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


def test_matches_naive_loop():
    rng = np.random.default_rng(0)
    frames = random_frames(rng, 30)
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
