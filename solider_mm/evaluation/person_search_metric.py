"""Person search: find all people, and among them the one who is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray
from torch import Tensor

from solider_mm.registry import METRICS

from .person_search_detection import detection_recall_and_ap
from .person_search_matching import GraphMatching
from .person_search_protocols import (
    ALL_CAMERAS,
    CROSS_CAMERA,
    Task,
    listed_tasks,
    whole_gallery_tasks,
)
from .person_search_ranking import SearchResult, evaluate_search
from .person_search_records import Floats, Frame, Gallery, Query, box_iou

__all__ = ["PersonSearchMetric", "context_of"]

_FRAME_FIELDS = tuple(field.name for field in fields(Frame))
_SAME_PERSON_IOU = 0.4  # a detection this near the query's box is the query


@METRICS.register_module()
class PersonSearchMetric(BaseMetric):
    """mAP and top-k of the search, recall and AP of the detection, all in percent.

    The test set lists gallery frames and queries (`is_query`). A frame's data sample
    holds `gt_instances` (bboxes, instances_ids) and `pred_instances` (bboxes, scores,
    embeddings: unit vectors times score), a query's the one box that is asked for and
    its embedding, a unit vector. Results of the first protocol are
    ``person_search/mAP``, ``…/top1``, ``…/top5``, ``…/top10``; those of the others
    carry the protocol's name: ``person_search/cross_camera_mAP``. Beside them
    ``…/recall``, ``…/AP``, and ``…/labelled_recall``, ``…/labelled_AP`` over the
    people who have a name. A figure without anything to find is NaN.

    Args:
        protocols: ``'all_cameras'`` (every frame but the query's own; PRW as the
            authors evaluate it), ``'cross_camera'`` (frames of other cameras), or a
            table of the data set's metainfo such as ``'TestG100'`` (CUHK-SYSU).
        score_threshold: Least score of detections that take part.
        topk: Numbers of best detections that are looked at.
        graph_matching: Arguments of `GraphMatching` (CBGM); None switches it off.
        collect_device: mmengine's.
        prefix: mmengine's.

    Raises:
        ValueError: If no protocol is named, or graph matching is given numbers below 1.

    Source:
        Reference facts §6.4. CUHK-SYSU's gallery of 4000 frames and PRW's strict
        variant are ours to switch; the authors use G100 and all cameras.
    """

    default_prefix = "person_search"

    def __init__(
        self,
        *,
        protocols: Sequence[str] = (ALL_CAMERAS,),
        score_threshold: float = 0.5,
        topk: Sequence[int] = (1, 5, 10),
        graph_matching: Mapping[str, int] | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if isinstance(protocols, str) or not protocols:
            raise ValueError(
                f"protocols={protocols!r}: expected a list of names, such as "
                f"[{ALL_CAMERAS!r}] or ['TestG100']"
            )
        self.protocols = tuple(protocols)
        self.score_threshold = score_threshold
        self.topk = tuple(topk)
        self.matching = (
            None if graph_matching is None else GraphMatching(**graph_matching)
        )

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Keep what every data sample says about its frame or query."""
        for sample in data_samples:
            truth, found = sample["gt_instances"], sample["pred_instances"]
            self.results.append(
                {
                    "is_query": bool(sample.get("is_query", False)),
                    "query_index": int(sample.get("query_index", -1)),
                    "name": Path(sample["img_path"]).name,
                    "camera": int(sample.get("camera_id", -1)),
                    "boxes": _array(truth["bboxes"]).reshape(-1, 4),
                    "person_ids": _array(truth["instances_ids"]).astype(np.int64),
                    "detections": _array(found["bboxes"]).reshape(-1, 4),
                    "scores": _array(found["scores"]),
                    "embeddings": _array(found["embeddings"]),
                }
            )

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Evaluate frames and queries.

        Raises:
            ValueError: If there is no frame or no query, a protocol is unknown, or a
                table has another number of queries.
        """
        frames, queries = _split(results)
        gallery = Gallery(frames, self.score_threshold)
        if self.matching is not None:
            queries = [
                replace(query, context=context_of(query, gallery)) for query in queries
            ]
        figures = self._detection(frames)
        for i, protocol in enumerate(self.protocols):
            tasks = self._tasks(protocol, gallery, queries)
            result = evaluate_search(gallery, queries, tasks, matching=self.matching)
            figures.update(self._named("" if i == 0 else f"{protocol}_", result))
            if result.num_queries < len(queries):
                print_log(
                    f"{protocol}: {len(queries) - result.num_queries} of "
                    f"{len(queries)} queries are in no other frame of their gallery "
                    "and do not count",
                    logger="current",
                )
        return figures

    def _detection(self, frames: Sequence[Frame]) -> dict[str, float]:
        figures = {}
        for name, labelled_only in (("", False), ("labelled_", True)):
            recall, precision = detection_recall_and_ap(
                frames,
                score_threshold=self.score_threshold,
                labelled_only=labelled_only,
            )
            figures[f"{name}recall"] = 100 * recall
            figures[f"{name}AP"] = 100 * precision
        return figures

    def _named(self, prefix: str, result: SearchResult) -> dict[str, float]:
        named = {f"{prefix}mAP": 100 * result.mean_ap}
        for k in self.topk:
            named[f"{prefix}top{k}"] = 100 * result.top(k)
        return named

    def _tasks(
        self, protocol: str, gallery: Gallery, queries: Sequence[Query]
    ) -> Iterable[Task]:
        if protocol in (ALL_CAMERAS, CROSS_CAMERA):
            same_camera = protocol == ALL_CAMERAS
            return whole_gallery_tasks(gallery, queries, same_camera=same_camera)
        tables = (self.dataset_meta or {}).get("protocols", {})
        if protocol not in tables:
            known = [ALL_CAMERAS, CROSS_CAMERA, *tables]
            raise ValueError(
                f"protocol {protocol!r} is unknown: expected one of {known}; the data "
                "set's argument `protocols` says which tables are read"
            )
        table = tables[protocol]
        count = len(table["galleries"])
        if count != len(queries):
            raise ValueError(
                f"{protocol} lists {count} queries, the test set gave "
                f"{len(queries)}; evaluate all of them"
            )
        return listed_tasks(gallery, table)


def _split(results: Iterable[Mapping[str, Any]]) -> tuple[list[Frame], list[Query]]:
    """Frames, each once, and queries in their own order."""
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


def context_of(query: Query, gallery: Gallery) -> Floats:
    """The query and the people found around it, for graph matching.

    Args:
        query: A person in one of the frames.
        gallery: All detections; a frame that is not among them gives no company.

    Returns:
        Unit vectors (M, D): the query's, then those of the other detections in its
        frame from the surest down.
    """
    own = query.embedding[None]
    number = gallery.index.get(query.frame)
    if number is None:
        return own
    frame = gallery.frames[number]
    others = gallery.kept[number] & (
        box_iou(frame.detections, query.box) < _SAME_PERSON_IOU
    )
    if not others.any():
        return own
    surest = np.argsort(-frame.scores[others], kind="stable")
    around = frame.embeddings[others][surest]
    length = np.linalg.norm(around, axis=1, keepdims=True)
    return np.concatenate([own, around / np.maximum(length, 1e-12)])


def _array(value: Tensor | NDArray[Any]) -> NDArray[Any]:
    """Values on the CPU, floating ones in single precision."""
    if isinstance(value, Tensor):
        value = value.float() if value.is_floating_point() else value
        return value.detach().cpu().numpy()
    return np.asarray(value)
