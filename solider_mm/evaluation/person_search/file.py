"""The most similar detections of every query, in a JSON a picture is drawn from."""

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
    """Tell the detections that were ranked nearest to each query.

    Args:
        queries: Q people.
        gallery: The detections they were looked for among.
        result: Of `evaluate_search`, with the nearest detections.
        paths: Image of each frame, by the frame's name.

    Returns:
        Q dicts: the query's ``img_path``, ``box`` (x1, y1, x2, y2 in pixels of the
        image), ``person_id``, ``camera_id``, ``average_precision`` (a fraction; None
        where the query does not count), and ``gallery``: from near to far the
        ``img_path``, ``camera_id``, ``box``, ``score``, ``similarity`` and ``right`` of
        each detection. A camera that the data set does not tell is -1.
    """
    told = zip(queries, result.average_precision, result.nearest, strict=True)
    return [
        {
            "img_path": paths[query.frame],
            "box": _box(query.box),
            "person_id": query.person_id,
            "camera_id": query.camera,
            "average_precision": _finite(score),
            "gallery": _detections(gallery, nearest, paths),
        }
        for query, score, nearest in told
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
    """Write figures and rankings; a reader never meets half a file.

    Args:
        path: JSON to write; missing folders are made.
        result: Figures of all queries; a mean over none is null.
        queries: What `describe_search` returns.
        protocol: Where the queries were looked for.
        topk: Numbers of best detections whose figure is written.
        graph_matching: Whether the similarities are revised ones.
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
    told = []
    for row, similarity, right in zip(*nearest, strict=True):
        frame = gallery.frames[gallery.frame_of[row]]
        told.append(
            {
                "img_path": paths[frame.name],
                "camera_id": frame.camera,
                "box": _box(gallery.boxes[row]),
                "score": round(float(gallery.scores[row]), 6),
                "similarity": round(float(similarity), 6),
                "right": bool(right),
            }
        )
    return told


def _box(box: Floats) -> list[float]:
    """To a hundredth of a pixel."""
    return [round(float(side), 2) for side in box]


def _finite(figure: float) -> float | None:
    """A figure as JSON can hold it."""
    return None if math.isnan(figure) else float(figure)
