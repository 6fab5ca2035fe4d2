"""How well a query is found among all detections: AP and top-k."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.detection import mean_precision
from solider_mm.evaluation.person_search.matching import GraphMatching
from solider_mm.evaluation.person_search.protocols import Task
from solider_mm.evaluation.person_search.records import Floats, Gallery, Query, box_iou

__all__ = ["NearestDetections", "SearchResult", "evaluate_search", "match_threshold"]

_CHUNK = 64  # queries whose similarities are held at once


class NearestDetections(NamedTuple):
    """The detections that one query is most similar to, from near to far.

    Attributes:
        rows: Their numbers in the gallery (K,).
        similarity: Inner products (K,), revised where graph matching is on.
        right: Whether they count as right (K,): of a frame's detections one at most.
    """

    rows: NDArray[np.int64]
    similarity: Floats
    right: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Figures of a search, per query.

    Attributes:
        average_precision: (Q,), NaN where the person is in no frame of the gallery.
        best_rank: Place of the first right detection (Q,), from 1; 0 if there is none.
        nearest: Of each query, Q of them; none if nobody asked for them.
    """

    average_precision: Floats
    best_rank: NDArray[np.int64]
    nearest: Sequence[NearestDetections] = ()

    @property
    def num_queries(self) -> int:
        """Queries that count: their person is somewhere in the gallery."""
        return int((~np.isnan(self.average_precision)).sum())

    @property
    def mean_ap(self) -> float:
        """Mean over the queries that count; NaN without any."""
        return float(np.nanmean(self.average_precision)) if self.num_queries else np.nan

    def top(self, k: int) -> float:
        """Share of the queries with a right detection among the k most similar."""
        if not self.num_queries:
            return np.nan
        found = (self.best_rank >= 1) & (self.best_rank <= k)
        return float(found.sum() / self.num_queries)


def evaluate_search(
    gallery: Gallery,
    queries: Sequence[Query],
    tasks: Iterable[Task],
    *,
    matching: GraphMatching | None = None,
    num_nearest: int = 0,
) -> SearchResult:
    """Rank all detections of a query's gallery by similarity and judge them.

    In each frame the most similar detection that overlaps the person enough is right,
    every other one is wrong. The AP is scaled by the share of frames in which the
    person was found.

    Args:
        gallery: The detections.
        queries: People to look for.
        tasks: Where to look for each of them.
        matching: Graph matching with the people around, or None.
        num_nearest: Most similar detections of each query that are told; also of
            queries that do not count.

    Returns:
        Figures of each query.

    Source:
        The authors' `eval_search_prw` and `eval_search_cuhk`; docs/reference.md §6.4.
    """
    precision = np.full(len(queries), np.nan)
    rank = np.zeros(len(queries), dtype=np.int64)
    nearest = []
    pairs = zip(_similarities(gallery, queries), queries, tasks, strict=True)
    for i, (products, query, task) in enumerate(pairs):
        searched = task.searched[gallery.frame_of]  # (N,)
        similarity = products
        if matching is not None:
            similarity = matching.revise(products, searched, gallery, query)
        right = _right(similarity, gallery, task)
        if num_nearest:
            nearest.append(_nearest(similarity, searched, right, num_nearest))
        total = len(task.frames) + task.num_unseen
        if not total:
            continue
        hits, every = similarity[right], similarity[searched]
        precision[i] = mean_precision(every, hits) * len(hits) / total
        if len(hits):
            rank[i] = int((every >= hits.max()).sum())
    return SearchResult(precision, rank, nearest)


def _similarities(gallery: Gallery, queries: Sequence[Query]) -> Iterable[Floats]:
    """Inner products (N,) of each query with all detections."""
    for start in range(0, len(queries), _CHUNK):
        part = queries[start : start + _CHUNK]
        if not len(gallery.boxes):
            yield from np.zeros((len(part), 0))
            continue
        embeddings = np.stack([query.embedding for query in part])  # (q, D)
        yield from embeddings @ gallery.embeddings.T


def _nearest(
    similarity: Floats,
    searched: NDArray[np.bool_],
    right: NDArray[np.int64],
    count: int,
) -> NearestDetections:
    """The most similar of the detections that are looked through; a tie by place."""
    rows = np.nonzero(searched)[0]
    if len(rows) > count:
        rows = rows[np.argpartition(-similarity[rows], count)[:count]]
    rows = rows[np.lexsort((rows, -similarity[rows]))]
    return NearestDetections(rows, similarity[rows], np.isin(rows, right))


def _right(similarity: Floats, gallery: Gallery, task: Task) -> NDArray[np.int64]:
    """Rows of the right detections, at most one for each frame."""
    target = np.full(len(gallery.frames), -1)
    target[task.frames] = np.arange(len(task.frames))
    rows = np.nonzero(target[gallery.frame_of] >= 0)[0]
    which = target[gallery.frame_of[rows]]
    wanted = task.boxes[which]
    enough = box_iou(gallery.boxes[rows], wanted) >= match_threshold(wanted)
    rows, which = rows[enough], which[enough]
    rising = np.lexsort((-similarity[rows], which))
    first = np.unique(which[rising], return_index=True)[1]
    return rows[rising[first]]


def match_threshold(boxes: Floats) -> NDArray[np.float64]:
    """Least overlap with a true box: less for small ones.

    Args:
        boxes: True boxes (…, 4) as x1, y1, x2, y2.

    Returns:
        min(0.5, w·h / ((w + 10)·(h + 10))), (…).
    """
    sides = np.asarray(boxes, np.float64)[..., 2:] - np.asarray(boxes)[..., :2]
    return np.minimum(0.5, (sides / (sides + 10)).prod(axis=-1))
