"""Person search: detection recall and AP, retrieval mAP and top-k."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from solider_mm.evaluation.person_search.detection import detection_recall_and_ap
from solider_mm.evaluation.person_search.file import describe_search, write_search_file
from solider_mm.evaluation.person_search.matching import GraphMatching, context_of
from solider_mm.evaluation.person_search.protocols import (
    ALL_CAMERAS,
    CROSS_CAMERA,
    Task,
    listed_tasks,
    whole_gallery_tasks,
)
from solider_mm.evaluation.person_search.ranking import SearchResult, evaluate_search
from solider_mm.evaluation.person_search.records import (
    Frame,
    Gallery,
    Query,
    paths_of,
    record_sample,
    split_results,
)
from solider_mm.registry import METRICS

__all__ = ["PersonSearchMetric"]


@METRICS.register_module()
class PersonSearchMetric(BaseMetric):
    """Retrieval mAP and top-k, detection recall and AP, all in percent.

    The test set lists gallery frames and queries (`is_query`). The data sample of a
    frame has `gt_instances` (bboxes, instances_ids) and `pred_instances` (bboxes,
    scores, embeddings: unit vectors times score). That of a query has the query box and
    its embedding, a unit vector. Metrics of the first protocol are `person_search/mAP`,
    `…/top1`, `…/top5` and `…/top10`; those of the others contain the protocol's name,
    such as `person_search/cross_camera_mAP`. Detection metrics are `…/recall`, `…/AP`,
    and `…/labeled_recall`, `…/labeled_AP` over people with an identity label. A metric
    without ground truth is NaN.

    Args:
        protocols: Names of protocols: `'all_cameras'` (every frame except the query's
            own, the official evaluation of PRW), `'cross_camera'` (frames of other
            cameras), or a table of the dataset's metainfo such as `'TestG100'`
            (CUHK-SYSU).
        score_threshold: Minimum score of a detection.
        topk: Values k of the reported top-k accuracies.
        graph_matching: Arguments of `GraphMatching` (CBGM); None switches it off.
        ranking_file: JSON file to write, or None. It holds mAP and top-k of the first
            protocol as fractions and, for every query, its AP (null if it does not
            count) and its `top_k` most similar detections; see `describe_search`.
        top_k: Number of detections per query in `ranking_file`.
        collect_device: Argument of mmengine's `BaseMetric`.
        prefix: Argument of mmengine's `BaseMetric`.

    Raises:
        ValueError: If no protocol is named, or a number is below 1.

    Source:
        docs/reference.md §6.4. The official evaluation uses G100 and all cameras;
        CUHK-SYSU's 4000-frame gallery and PRW's cross-camera variant are options.
    """

    default_prefix = "person_search"

    def __init__(
        self,
        *,
        protocols: Sequence[str] = (ALL_CAMERAS,),
        score_threshold: float = 0.5,
        topk: Sequence[int] = (1, 5, 10),
        graph_matching: Mapping[str, int] | None = None,
        ranking_file: str | os.PathLike[str] | None = None,
        top_k: int = 10,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if isinstance(protocols, str) or not protocols:
            raise ValueError(
                f"protocols={protocols!r}: expected a list of names, such as "
                f"[{ALL_CAMERAS!r}] or ['TestG100']"
            )
        if top_k < 1:
            raise ValueError(
                f"top_k={top_k}: expected at least 1 detection per query; set "
                "ranking_file=None to write no file"
            )
        self.protocols = tuple(protocols)
        self.score_threshold = score_threshold
        self.topk = tuple(topk)
        self.ranking_file = ranking_file
        self.top_k = top_k
        self.matching = (
            None if graph_matching is None else GraphMatching(**graph_matching)
        )

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Store the record of every data sample."""
        self.results.extend(map(record_sample, data_samples))

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Evaluate frames and queries.

        Raises:
            ValueError: If there is no frame or no query, a protocol is unknown, or a
                table has another number of queries.
        """
        frames, queries = split_results(results)
        gallery = Gallery(frames, self.score_threshold)
        if self.matching is not None:
            queries = [
                replace(query, context=context_of(query, gallery)) for query in queries
            ]
        metrics = self._detection(frames)
        searches = [self._search(p, gallery, queries) for p in self.protocols]
        for i, (protocol, found) in enumerate(
            zip(self.protocols, searches, strict=True)
        ):
            metrics.update(self._named("" if i == 0 else f"{protocol}_", found))
        if self.ranking_file is not None:
            entries = describe_search(queries, gallery, searches[0], paths_of(results))
            write_search_file(
                self.ranking_file,
                searches[0],
                entries,
                protocol=self.protocols[0],
                topk=self.topk,
                graph_matching=self.matching is not None,
            )
        return metrics

    def _search(
        self, protocol: str, gallery: Gallery, queries: Sequence[Query]
    ) -> SearchResult:
        """Search by one protocol and log how many queries do not count."""
        result = evaluate_search(
            gallery,
            queries,
            self._tasks(protocol, gallery, queries),
            matching=self.matching,
            num_nearest=0 if self.ranking_file is None else self.top_k,
        )
        if result.num_queries < len(queries):
            print_log(
                f"{protocol}: {len(queries) - result.num_queries} of "
                f"{len(queries)} queries are in no other frame of their gallery "
                "and do not count",
                logger="current",
            )
        return result

    def _detection(self, frames: Sequence[Frame]) -> dict[str, float]:
        metrics = {}
        for name, labeled_only in (("", False), ("labeled_", True)):
            recall, precision = detection_recall_and_ap(
                frames,
                score_threshold=self.score_threshold,
                labeled_only=labeled_only,
            )
            metrics[f"{name}recall"] = 100 * recall
            metrics[f"{name}AP"] = 100 * precision
        return metrics

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
                f"protocol {protocol!r} is unknown: expected one of {known}; add it to "
                "the `protocols` of the test dataset"
            )
        table = tables[protocol]
        count = len(table["galleries"])
        if count != len(queries):
            raise ValueError(
                f"{protocol} lists {count} queries, the test set gave "
                f"{len(queries)}; evaluate all of them"
            )
        return listed_tasks(gallery, table)
