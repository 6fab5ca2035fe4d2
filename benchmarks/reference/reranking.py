"""k-reciprocal re-ranking in straightforward numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["numpy_rerank"]

Table = NDArray[Any]


def numpy_rerank(
    query: Table, gallery: Table, k1: int = 20, k2: int = 6, share: float = 0.3
) -> Table:
    """Re-rank with dense tables and a loop over images, in float64.

    Args:
        query: Unit features (Q, C).
        gallery: (G, C).
        k1: Neighbors of the first look.
        k2: Neighbors that are averaged.
        share: Of the original distance.

    Returns:
        Distances (Q, G).
    """
    points = np.concatenate([query, gallery]).astype(np.float64)
    squares = np.square(points).sum(axis=1)
    distance = squares[:, None] + squares - 2 * points @ points.T
    distance /= distance.max(axis=1, keepdims=True)
    nearest = np.argsort(distance, axis=1)
    encoding = np.zeros_like(distance)
    for image in range(len(points)):
        known = reciprocal(nearest, image, k1)
        members = known
        for other in known:
            theirs = reciprocal(nearest, other, round(k1 / 2))
            if len(np.intersect1d(theirs, known)) > 2 / 3 * len(theirs):
                members = np.append(members, theirs)
        members = np.unique(members)
        weights = np.exp(-distance[image, members])
        encoding[image, members] = weights / weights.sum()
    encoding = np.stack([encoding[near[:k2]].mean(axis=0) for near in nearest])
    holders = [np.flatnonzero(column) for column in encoding.T]
    shared = np.zeros((len(query), len(points)))
    for row, weights in zip(shared, encoding, strict=False):
        for member in np.flatnonzero(weights):
            images = holders[member]
            row[images] += np.minimum(weights[member], encoding[images, member])
    jaccard = 1 - shared / (2 - shared)
    return ((1 - share) * jaccard + share * distance[: len(query)])[:, len(query) :]


def reciprocal(nearest: Table, image: int, k: int) -> Table:
    """Neighbors of an image that have it as a neighbor."""
    forward = nearest[image, : k + 1]
    return forward[(nearest[forward, : k + 1] == image).any(axis=1)]
