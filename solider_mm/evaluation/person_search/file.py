"""JSON file with the most similar detections of every query."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

from solider_mm.evaluation.person_search.ranking import NearestDetections, SearchResult
from solider_mm.evaluation.person_search.records import Floats, Gallery, Query
from solider_mm.fileio.json_file import write_json

__all__ = ["describe_search", "write_search_file"]


def describe_search(
    queries: Sequence[Query],
    gallery: Gallery,
    result: SearchResult,
    paths: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Describe the most similar detections of each query.

    Args:
        queries: The Q queries.
        gallery: The searched detections.
        result: Result of `evaluate_search` with `num_nearest` above 0.
        paths: Image path of each frame by its name.

    Returns:
        Q dicts with `img_path`, `box` (x1, y1, x2, y2 in pixels of the image),
        `person_id`, `camera_id` and `average_precision` (a fraction; None if the query
        does not count), and `gallery`: `img_path`, `camera_id`, `box`, `score`,
        `similarity` and `is_match` of each detection in descending similarity. The
        camera is -1 if the dataset has none.
    """
    rows = zip(queries, result.average_precision, result.nearest, strict=True)
    return [
        {
            "img_path": paths[query.frame],
            "box": _box(query.box),
            "person_id": query.person_id,
            "camera_id": query.camera,
            "average_precision": _finite(score),
            "gallery": _detections(gallery, nearest, paths),
        }
        for query, score, nearest in rows
    ]


def write_search_file(
    path: str | os.PathLike[str],
    result: SearchResult,
    queries: Sequence[Mapping[str, Any]],
    *,
    protocol: str,
    topk: Sequence[int],
    graph_matching: bool,
) -> None:
    """Write metrics and rankings to a JSON file, atomically.

    Args:
        path: File to write; missing folders are created.
        result: Scores of all queries; a mean over no query is written as null.
        queries: Result of `describe_search`.
        protocol: Name of the evaluation protocol.
        topk: Values k of the written top-k accuracies.
        graph_matching: Whether graph matching revised the similarities.
    """
    content = {
        "protocol": protocol,
        "graph_matching": graph_matching,
        "mAP": _finite(result.mean_ap),
        "top": {str(k): _finite(result.top(k)) for k in topk},
        "queries": list(queries),
    }
    write_json(path, content)


def _detections(
    gallery: Gallery, nearest: NearestDetections, paths: Mapping[str, str]
) -> list[dict[str, Any]]:
    entries = []
    columns = nearest.rows, nearest.similarity, nearest.is_match
    for row, similarity, is_match in zip(*columns, strict=True):
        frame = gallery.frames[gallery.frame_of[row]]
        entries.append(
            {
                "img_path": paths[frame.name],
                "camera_id": frame.camera,
                "box": _box(gallery.boxes[row]),
                "score": round(float(gallery.scores[row]), 6),
                "similarity": float(f"{similarity:.6g}"),
                "is_match": bool(is_match),
            }
        )
    return entries


def _box(box: Floats) -> list[float]:
    """Round to a hundredth of a pixel."""
    return [round(float(side), 2) for side in box]


def _finite(value: float) -> float | None:
    """Replace NaN, which JSON does not have, by None."""
    return None if math.isnan(value) else float(value)
