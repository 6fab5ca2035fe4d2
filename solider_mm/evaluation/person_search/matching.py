"""Context bipartite graph matching (CBGM) of SeqNet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from solider_mm.evaluation.person_search.records import Floats, Gallery, Query, box_iou

__all__ = ["GraphMatching", "best_matching", "context_of"]

_SAME_PERSON_IOU = 0.4  # above it, a detection is the query itself


@dataclass(frozen=True)
class GraphMatching:
    """Context bipartite graph matching, which revises the similarities of a query.

    In the frames of the most similar detections, the persons around the query are
    matched with all detections so that the sum of similarities is maximal. The
    detection matched with the query gets the largest single similarity of the
    matching, not the sum.

    Attributes:
        num_detections: Number of most similar detections whose frames are revised (k1).
        num_context: Number of matched persons, query included (k2).

    Raises:
        ValueError: If a number is below 1.

    Source:
        SeqNet's CBGM as in the official evaluation (k1, k2 = 30, 4 for PRW and 10, 3
        for CUHK-SYSU); docs/reference.md §6.4.
    """

    num_detections: int = 30
    num_context: int = 4

    def __post_init__(self) -> None:
        if min(self.num_detections, self.num_context) < 1:
            raise ValueError(
                f"num_detections={self.num_detections}, num_context="
                f"{self.num_context}: expected at least 1 each; use "
                "graph_matching=None to switch it off"
            )

    def revise(
        self,
        similarity: Floats,
        searched: NDArray[np.bool_],
        gallery: Gallery,
        query: Query,
    ) -> Floats:
        """Revise the similarities of one query.

        Args:
            similarity: Similarity to all detections (N,).
            searched: Mask of the searched detections (N,).
            gallery: The detections.
            query: The query; without a context it is matched alone.

        Returns:
            Revised similarities (N,).
        """
        around = query.embedding[None] if query.context is None else query.context
        rows = np.nonzero(searched)[0]
        nearest = rows[np.argsort(-similarity[rows])[: self.num_detections]]
        revised = similarity.copy()
        for frame in np.unique(gallery.frame_of[nearest]):
            own = slice(gallery.offsets[frame], gallery.offsets[frame + 1])
            graph = around[: self.num_context] @ gallery.embeddings[own].T  # (M, n)
            column, value = best_matching(graph)
            if column is not None:
                revised[own.start + column] = value
        return revised


def best_matching(weights: Floats) -> tuple[int | None, float]:
    """Match rows with columns so that the sum of weights is maximal.

    Args:
        weights: Weights (M, n).

    Returns:
        Column matched with row 0 (None if there is none) and the largest weight of the
        matching.
    """
    rows, columns = linear_sum_assignment(weights, maximize=True)
    matched = columns[rows == 0]
    value = float(weights[rows, columns].max(initial=-np.inf))
    return (int(matched[0]) if len(matched) else None), value


def context_of(query: Query, gallery: Gallery) -> Floats:
    """Return the embeddings of the query and the persons around it.

    Args:
        query: A person in one of the frames.
        gallery: All detections; a frame that is not among them yields no context.

    Returns:
        Unit vectors (M, D): the query, then the other detections of its frame in
        descending score.
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
    by_score = np.argsort(-frame.scores[others], kind="stable")
    around = frame.embeddings[others][by_score]
    length = np.linalg.norm(around, axis=1, keepdims=True)
    return np.concatenate([own, around / np.maximum(length, 1e-12)])
