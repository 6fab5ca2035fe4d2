"""Rank detections by similarity and score the ranking: AP and top-k."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.detection import mean_precision
from solider_mm.evaluation.person_search.matching import GraphMatching
from solider_mm.evaluation.person_search.protocols import Task
from solider_mm.evaluation.person_search.records import Floats, Gallery, Query, box_iou

__all__ = ["NearestDetections", "SearchResult", "evaluate_search", "match_threshold"]

_CHUNK = 64  # queries whose similarities are held at once


@dataclass(frozen=True, eq=False)
class NearestDetections:
    """The K most similar detections of one query, in descending similarity.

    Attributes:
        rows: Row indices in the gallery (K,).
        similarity: Inner products (K,), revised if graph matching is on.
        is_match: Whether each detection is a match (K,); at most one per frame is.
    """

    rows: NDArray[np.int64]
    similarity: Floats
    is_match: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Scores of a search, per query.

    Attributes:
        average_precision: Average precision (Q,), NaN if no gallery frame shows the
            person.
        best_rank: Rank of the first match (Q,), counted from 1; 0 without a match.
        nearest: Most similar detections of each query; empty unless requested.
    """

    average_precision: Floats
    best_rank: NDArray[np.int64]
    nearest: Sequence[NearestDetections] = ()

    @property
    def num_queries(self) -> int:
        """Number of queries whose person is in the gallery."""
        return int((~np.isnan(self.average_precision)).sum())

    @property
    def mean_ap(self) -> float:
        """Mean average precision over the counted queries; NaN without any."""
        return float(np.nanmean(self.average_precision)) if self.num_queries else np.nan

    def top(self, k: int) -> float:
        """Share of queries with a match among the k most similar detections."""
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
    """Rank the searched detections of each query by similarity and score the ranking.

    In each frame, the most similar detection that overlaps the person enough is the
    match; all others are wrong. AP is scaled by the share of frames in which the person
    was found.

    Args:
        gallery: The detections.
        queries: The queries.
        tasks: Searched frames and ground truth of each query.
        matching: Graph matching with the persons around, or None.
        num_nearest: Number of most similar detections returned per query, also for
            queries that do not count.

    Returns:
        Scores of each query.

    Source:
        The official `eval_search_prw` and `eval_search_cuhk`; docs/reference.md §6.4.
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
        matches = _matches(similarity, gallery, task)
        if num_nearest:
            nearest.append(_nearest(similarity, searched, matches, num_nearest))
        total = len(task.frames) + task.num_unseen
        if not total:
            continue
        hits, every = similarity[matches], similarity[searched]
        precision[i] = mean_precision(every, hits) * len(hits) / total
        if len(hits):
            rank[i] = int((every >= hits.max()).sum())
    return SearchResult(precision, rank, nearest)


def _similarities(gallery: Gallery, queries: Sequence[Query]) -> Iterable[Floats]:
    """Yield the inner products (N,) of each query with all detections."""
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
    matches: NDArray[np.int64],
    count: int,
) -> NearestDetections:
    """Return the most similar searched detections; ties are ordered by row."""
    rows = np.nonzero(searched)[0]
    if len(rows) > count:
        rows = rows[np.argpartition(-similarity[rows], count)[:count]]
    rows = rows[np.lexsort((rows, -similarity[rows]))]
    return NearestDetections(rows, similarity[rows], np.isin(rows, matches))


def _matches(similarity: Floats, gallery: Gallery, task: Task) -> NDArray[np.int64]:
    """Return the rows of the matches, at most one per frame."""
    target = np.full(len(gallery.frames), -1)
    target[task.frames] = np.arange(len(task.frames))
    rows = np.nonzero(target[gallery.frame_of] >= 0)[0]
    which = target[gallery.frame_of[rows]]
    wanted = task.boxes[which]
    enough = box_iou(gallery.boxes[rows], wanted) >= match_threshold(wanted)
    rows, which = rows[enough], which[enough]
    order = np.lexsort((-similarity[rows], which))
    first = np.unique(which[order], return_index=True)[1]
    return rows[order[first]]


def match_threshold(boxes: Floats) -> NDArray[np.float64]:
    """Compute the minimum IoU of a match, which is lower for small boxes.

    Args:
        boxes: Ground-truth boxes (…, 4) as x1, y1, x2, y2.

    Returns:
        Thresholds min(0.5, w·h / ((w + 10)·(h + 10))), (…).
    """
    sides = np.asarray(boxes, np.float64)[..., 2:] - np.asarray(boxes)[..., :2]
    return np.minimum(0.5, (sides / (sides + 10)).prod(axis=-1))
