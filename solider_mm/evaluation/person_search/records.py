"""Records of the person-search evaluation: frames, queries, gallery of detections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

__all__ = [
    "UNLABELED",
    "Frame",
    "Gallery",
    "Query",
    "box_iou",
    "paths_of",
    "record_sample",
    "split_results",
]

UNLABELED = -1
"""Identity number of people without an identity label."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Frame:
    """One scene image with ground truth and detections.

    Attributes:
        name: File name, to which queries and protocols refer.
        boxes: Ground-truth boxes (G, 4) as x1, y1, x2, y2 in pixels.
        person_ids: Identities (G,), `UNLABELED` where unknown.
        detections: Detected boxes (N, 4).
        scores: Scores of the detected boxes (N,), in [0, 1].
        embeddings: Embeddings of the detected boxes (N, D), unit vectors times score.
        camera: Camera number; -1 if the dataset has none.
    """

    name: str
    boxes: Floats
    person_ids: NDArray[np.integer]
    detections: Floats
    scores: Floats
    embeddings: Floats
    camera: int = -1


@dataclass(frozen=True, eq=False)
class Query:
    """A person to search for.

    Attributes:
        frame: Name of the frame that contains the query box.
        box: Query box (4,) as x1, y1, x2, y2.
        person_id: Identity of the person.
        embedding: Unit vector (D,).
        camera: Camera number; -1 if the dataset has none.
        context: Unit vectors (M, D) of the query and the persons around it; used by
            graph matching only.
    """

    frame: str
    box: Floats
    person_id: int
    embedding: Floats
    camera: int = -1
    context: Floats | None = None


@dataclass(frozen=True, eq=False)
class Gallery:
    """All detections above a score threshold, ordered by frame.

    Attributes:
        frames: The F frames.
        score_threshold: Minimum score of a detection.
        index: Position of each frame by its name.
    """

    frames: Sequence[Frame]
    score_threshold: float = 0.5
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        index = {frame.name: i for i, frame in enumerate(self.frames)}
        if len(index) != len(self.frames):
            raise ValueError(
                f"{len(self.frames)} frames have {len(index)} different names; pass "
                "each frame once, under a unique name"
            )
        object.__setattr__(self, "index", index)

    @cached_property
    def kept(self) -> list[NDArray[np.bool_]]:
        """Masks of the detections above the threshold, one per frame."""
        return [frame.scores >= self.score_threshold for frame in self.frames]

    @cached_property
    def boxes(self) -> Floats:
        """Boxes of all kept detections, (N, 4)."""
        rows = [f.detections[k] for f, k in zip(self.frames, self.kept, strict=True)]
        return np.concatenate([np.zeros((0, 4), np.float32), *rows])

    @cached_property
    def scores(self) -> Floats:
        """Scores of all kept detections, (N,)."""
        rows = [f.scores[k] for f, k in zip(self.frames, self.kept, strict=True)]
        return np.concatenate([np.zeros(0, np.float32), *rows])

    @cached_property
    def embeddings(self) -> Floats:
        """Embeddings of all kept detections, (N, D)."""
        rows = [f.embeddings[k] for f, k in zip(self.frames, self.kept, strict=True)]
        filled = [row for row in rows if len(row)]
        return np.concatenate(filled) if filled else np.zeros((0, 0), np.float32)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """First row of each frame and the total, (F + 1,)."""
        counts = [0, *(int(kept.sum()) for kept in self.kept)]
        return np.cumsum(counts, dtype=np.int64)

    @cached_property
    def frame_of(self) -> NDArray[np.int64]:
        """Frame index of each row, (N,)."""
        return np.repeat(np.arange(len(self.frames)), np.diff(self.offsets))


def record_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a data sample that the metric needs, as numpy values.

    Args:
        sample: Data sample with `img_path`, `gt_instances` and `pred_instances`;
            optionally `is_query`, `query_index` and `camera_id`.

    Returns:
        The fields of `Frame`, `path`, `is_query` and `query_index`.
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
    """Separate unique frames from queries; queries are sorted by index.

    Args:
        results: Results of `record_sample` for all data samples.

    Returns:
        Frames and queries.

    Raises:
        ValueError: If there is no frame or no query.
    """
    frame_fields = [field.name for field in fields(Frame)]
    frames: dict[str, Frame] = {}
    queries: dict[tuple[int, str, int], Query] = {}
    for result in results:
        name, camera = result["name"], result["camera"]
        if not result["is_query"]:
            frames[name] = Frame(**{key: result[key] for key in frame_fields})
            continue
        person = int(result["person_ids"][0])
        queries[(result["query_index"], name, person)] = Query(
            name, result["boxes"][0], person, result["embeddings"][0], camera
        )
    if not frames or not queries:
        raise ValueError(
            f"the test set gave {len(frames)} gallery frames and {len(queries)} "
            "queries, expected at least one of each; set with_queries=True in "
            "the test dataset"
        )
    return list(frames.values()), [queries[key] for key in sorted(queries)]


def paths_of(results: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the image path of every frame and query by frame name."""
    return {result["name"]: result["path"] for result in results}


def box_iou(first: Floats, second: Floats) -> NDArray[np.float64]:
    """Compute the intersection over union, with broadcasting.

    Args:
        first: Boxes (…, 4) as x1, y1, x2, y2.
        second: Boxes (…, 4).

    Returns:
        IoU (…); 0 where both boxes are empty.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    upper, lower = (
        np.minimum(a[..., 2:], b[..., 2:]),
        np.maximum(a[..., :2], b[..., :2]),
    )
    shared = np.clip(upper - lower, 0, None).prod(axis=-1)
    area_a = np.clip(a[..., 2:] - a[..., :2], 0, None).prod(axis=-1)
    area_b = np.clip(b[..., 2:] - b[..., :2], 0, None).prod(axis=-1)
    union = area_a + area_b - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)


def _array(value: Tensor | NDArray[Any]) -> NDArray[Any]:
    """Return CPU values, floating-point ones in single precision."""
    if isinstance(value, Tensor):
        value = value.float() if value.is_floating_point() else value
        return value.detach().cpu().numpy()
    return np.asarray(value)
