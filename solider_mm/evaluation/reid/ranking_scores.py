"""Scores of ordered galleries: average precision, inverse penalty, first match."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

__all__ = ["QueryScores", "score_hits", "summarize_scores"]


class QueryScores(NamedTuple):
    """Scores of Q queries; NaN, NaN and 0 where a query has no match.

    Attributes:
        average_precision: (Q,) float64 mean of the precision at every match, in [0, 1].
        inverse_penalty: (Q,) float64 number of matches over the rank of the last one.
        first_rank: (Q,) int64 rank of the first match, from 1.
    """

    average_precision: Tensor
    inverse_penalty: Tensor
    first_rank: Tensor


def score_hits(hits: Tensor) -> QueryScores:
    """Score ordered galleries.

    Args:
        hits: (Q, G) bool, True where the image at that rank is a match.
    """
    counts = hits.sum(dim=1)  # (Q,)
    rows, ranks = hits.nonzero(as_tuple=True)  # (M,) each, ordered by query, then rank
    ranks += 1
    ends = counts.cumsum(0)
    found = torch.arange(1, len(rows) + 1) - (ends - counts)[rows]  # matches up to here
    precision = torch.zeros(len(hits), dtype=torch.float64)
    precision.index_add_(0, rows, found.double() / ranks)
    first, last = counts.new_zeros(len(hits)), counts.new_zeros(len(hits))
    valid = counts > 0
    first[valid] = ranks[(ends - counts)[valid]]
    last[valid] = ranks[ends[valid] - 1]
    return QueryScores(precision / counts, counts.double() / last, first)


def summarize_scores(scores: Sequence[QueryScores], max_rank: int) -> dict[str, Any]:
    """Means over the queries that have a match.

    Args:
        scores: of chunks of queries, in their order.
        max_rank: length of the curve.

    Returns:
        What `evaluate_ranking` returns.

    Raises:
        ValueError: if no query has a match, or ``max_rank`` is below 1.
    """
    if max_rank < 1:
        raise ValueError(f"max_rank is {max_rank}; it must be at least 1.")
    average_precision, inverse_penalty, first = map(
        torch.cat, zip(*scores, strict=True)
    )
    valid = first > 0
    if not valid.any():
        raise ValueError(
            f"none of the {len(valid)} queries has a match in the gallery from another "
            "camera; check that both come from the same test split and that person ids "
            "and cameras were read right."
        )
    arrivals = torch.bincount(first[valid], minlength=max_rank + 1)[1 : max_rank + 1]
    return {
        "mAP": float(average_precision[valid].mean()),
        "mINP": float(inverse_penalty[valid].mean()),
        "cmc": (arrivals.cumsum(0) / valid.sum().double()).numpy(),
        "average_precision": average_precision.numpy(),
    }
