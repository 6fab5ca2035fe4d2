"""CBGM: people who walk together help to find each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from solider_mm.evaluation.person_search.records import Floats, Gallery, Query, box_iou

__all__ = ["GraphMatching", "best_matching", "context_of"]

_SAME_PERSON_IOU = 0.4  # a detection this near the query's box is the query


@dataclass(frozen=True)
class GraphMatching:
    """Context bipartite graph matching, which revises a query's similarities.

    In the frames of the most similar detections, the people around the query are
    matched with all detections so that the sum of similarities is largest. The
    detection that falls to the query gets the largest single similarity of the
    matching, not their sum.

    Attributes:
        num_detections: Most similar detections whose frames are revised (k1).
        num_context: People who are matched, the query included (k2).

    Raises:
        ValueError: If a number is below 1.

    Source:
        SeqNet's CBGM as in the authors' evaluation (k1, k2 = 30, 4 for PRW and 10, 3
        for CUHK-SYSU); docs/reference.md §6.4.
    """

    num_detections: int = 30
    num_context: int = 4

    def __post_init__(self) -> None:
        if min(self.num_detections, self.num_context) < 1:
            raise ValueError(
                f"num_detections={self.num_detections}, num_context="
                f"{self.num_context}: expected at least 1 each; leave graph matching "
                "out to switch it off"
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
            similarity: To all detections (N,).
            searched: Which of them are looked through (N,).
            gallery: The detections.
            query: With its context, else it is matched alone.

        Returns:
            New similarities (N,).
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
    """Match rows with columns so that the sum of weights is largest.

    Args:
        weights: (M, n).

    Returns:
        The column that falls to row 0, None if none does, and the largest weight of
        the matching.
    """
    rows, columns = linear_sum_assignment(weights, maximize=True)
    mine = columns[rows == 0]
    value = float(weights[rows, columns].max(initial=-np.inf))
    return (int(mine[0]) if len(mine) else None), value


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
