"""From data samples to the frames and queries of a search."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from solider_mm.evaluation.person_search.records import Frame, Query

__all__ = ["paths_of", "record_sample", "split_results"]

_FRAME_FIELDS = tuple(field.name for field in fields(Frame))


def record_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be kept of a data sample, in numpy.

    Args:
        sample: `img_path`, `gt_instances`, `pred_instances`; `is_query`, `query_index`
            and `camera_id` where they are told.

    Returns:
        The fields of `Frame`, and what tells a query from a frame.
    """
    truth, found = sample["gt_instances"], sample["pred_instances"]
    return {
        "is_query": bool(sample.get("is_query", False)),
        "query_index": int(sample.get("query_index", -1)),
        "path": str(sample["img_path"]),
        "name": Path(sample["img_path"]).name,
        "camera": int(sample.get("camera_id", -1)),
        "boxes": _array(truth["bboxes"]).reshape(-1, 4),
        "person_ids": _array(truth["instances_ids"]).astype(np.int64),
        "detections": _array(found["bboxes"]).reshape(-1, 4),
        "scores": _array(found["scores"]),
        "embeddings": _array(found["embeddings"]),
    }


def split_results(
    results: Iterable[Mapping[str, Any]],
) -> tuple[list[Frame], list[Query]]:
    """Put frames, each once, and queries in their own order.

    Args:
        results: of all data samples, as `record_sample` keeps them.

    Returns:
        Frames and queries.

    Raises:
        ValueError: If there is no frame or no query.
    """
    frames: dict[str, Frame] = {}
    queries: dict[tuple[int, str, int], Query] = {}
    for result in results:
        name, camera = result["name"], result["camera"]
        if not result["is_query"]:
            frames[name] = Frame(**{key: result[key] for key in _FRAME_FIELDS})
            continue
        person = int(result["person_ids"][0])
        queries[(result["query_index"], name, person)] = Query(
            name, result["boxes"][0], person, result["embeddings"][0], camera
        )
    if not frames or not queries:
        raise ValueError(
            f"the test set gave {len(frames)} gallery frames and {len(queries)} "
            "queries, expected at least one of each; see the data set's "
            "`with_queries`"
        )
    return list(frames.values()), [queries[key] for key in sorted(queries)]


def paths_of(results: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Where the image of every frame and query is, by the frame's name."""
    return {result["name"]: result["path"] for result in results}


def _array(value: Tensor | NDArray[Any]) -> NDArray[Any]:
    """Values on the CPU, floating ones in single precision."""
    if isinstance(value, Tensor):
        value = value.float() if value.is_floating_point() else value
        return value.detach().cpu().numpy()
    return np.asarray(value)
