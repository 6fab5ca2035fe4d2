"""Rank a gallery for every query and score the ranking: mAP, mINP, CMC.

This is the re-identification protocol, not plain retrieval: gallery images of the
query's identity from the query's camera are removed before ranks are counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

__all__ = [
    "UNLABELED",
    "Labels",
    "QueryScores",
    "RankedGallery",
    "evaluate_ranking",
    "rank_gallery",
    "score_matches",
    "squared_distances",
    "summarize_scores",
]

_CHUNK_SIZE = 256

UNLABELED = -2
"""Identity number of images without an identity label: they match nobody."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Identity and camera of M images.

    Attributes:
        identities: Identity numbers, (M,) int64.
        cameras: Camera numbers, (M,) int64.
    """

    identities: Tensor
    cameras: Tensor

    def part(self, rows: slice) -> "Labels":
        """Labels of some of the images."""
        return Labels(self.identities[rows], self.cameras[rows])


@dataclass(frozen=True, eq=False)
class RankedGallery:
    """The gallery ordered by distance, for Q queries.

    Attributes:
        order: Gallery indices, (Q, G) int64; images of the query's identity and
            camera come last, whatever their distance.
        is_match: Whether the image shows the query's identity in another camera,
            (Q, G) bool in the order of `order`.
        num_kept: Number of ranked images of each row, (Q,) int64.
    """

    order: Tensor
    is_match: Tensor
    num_kept: Tensor


@dataclass(frozen=True, eq=False)
class QueryScores:
    """Scores of Q queries; NaN, NaN and 0 for a query without a match.

    Attributes:
        average_precision: Mean of the precision at every match, (Q,) float64.
        inverse_penalty: Number of matches over the rank of the last one, (Q,) float64.
        first_rank: Rank of the first match, counted from 1, (Q,) int64.
    """

    average_precision: Tensor
    inverse_penalty: Tensor
    first_rank: Tensor


def evaluate_ranking(
    distance: ArrayLike,
    query_ids: ArrayLike,
    gallery_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_cameras: ArrayLike,
    max_rank: int = 50,
) -> dict[str, Any]:
    """Compute mAP, mINP and the cumulative matching characteristic (CMC).

    For every query, the gallery is ordered by distance; equal distances keep the order
    of the gallery. Images of the query's identity from the query's camera are left out.
    A query without a remaining match does not count. Distractors are wrong matches;
    junk images (identity −1) must have been removed. If the gallery is shorter than
    `max_rank`, the curve stays at its last value.

    Args:
        distance: Finite distances, (Q, G); smaller is more similar.
        query_ids: Integer identity numbers, (Q,).
        gallery_ids: Integer identity numbers, (G,).
        query_cameras: Integer camera numbers, (Q,).
        gallery_cameras: Integer camera numbers, (G,).
        max_rank: Length R of the curve.

    Returns:
        Fractions in [0, 1]: `mAP` and `mINP` (float), `cmc` (R,) float64 and
        `average_precision` (Q,) float64, NaN for a query without a match.

    Raises:
        TypeError: If identities or cameras are not integers.
        ValueError: If shapes do not fit, a distance is not finite, or no query has a
            match.

    Source:
        docs/reference.md §4.5; mINP (number of matches over the rank of the hardest
        one) is an addition of this project.
    """
    table = _as_table(distance)
    query = _as_labels(query_ids, query_cameras, len(table), "query")
    gallery = _as_labels(gallery_ids, gallery_cameras, table.shape[1], "gallery")
    scores = []
    for start in range(0, len(table), _CHUNK_SIZE):
        rows = slice(start, start + _CHUNK_SIZE)
        ranked = rank_gallery(table[rows], query.part(rows), gallery)
        scores.append(score_matches(ranked.is_match))
    return summarize_scores(scores, max_rank)


def squared_distances(query: Tensor, gallery: Tensor) -> Tensor:
    """Compute the squared Euclidean distance of every pair by one matrix product.

    Args:
        query: Features (Q, C), floating point.
        gallery: Features (G, C) of the same dtype.

    Returns:
        Distances (Q, G), at least 0.
    """
    squares = query.square().sum(1)[:, None] + gallery.square().sum(1)  # (Q, G)
    return squares.addmm_(query, gallery.T, alpha=-2).clamp_(min=0)


def rank_gallery(
    distance: Tensor, query: Labels, gallery: Labels, *, cross_camera: bool = True
) -> RankedGallery:
    """Order the gallery for every query; equal distances keep the gallery's order.

    Takes about 40 bytes of working memory per distance.

    Args:
        distance: Finite distances, (Q, G) floating point.
        query: Labels of the Q queries.
        gallery: Labels of the G gallery images.
        cross_camera: Whether images of the query's identity and camera are left out.
            Otherwise they are matches.

    Returns:
        The ranked gallery of every query.
    """
    same_person = query.identities[:, None] == gallery.identities  # (Q, G)
    same_person &= (query.identities != UNLABELED)[:, None]
    same_camera = query.cameras[:, None] == gallery.cameras  # (Q, G)
    same_camera &= cross_camera
    left_out = same_person & same_camera
    kept = distance.masked_fill(left_out, torch.inf)
    order = torch.from_numpy(_stable_order(kept.numpy()))
    is_match = (same_person & ~same_camera).gather(1, order)
    return RankedGallery(order, is_match, (~left_out).sum(dim=1))


def score_matches(is_match: Tensor) -> QueryScores:
    """Score ranked galleries.

    Args:
        is_match: Whether the image at each rank is a match, (Q, G) bool.

    Returns:
        Scores of the Q queries.
    """
    counts = is_match.sum(dim=1)  # (Q,)
    rows, ranks = is_match.nonzero(as_tuple=True)  # (M,) each, by query, then by rank
    ranks += 1
    ends = counts.cumsum(0)
    found = torch.arange(1, len(rows) + 1) - (ends - counts)[rows]  # matches up to here
    precision = torch.zeros(len(is_match), dtype=torch.float64)
    precision.index_add_(0, rows, found.double() / ranks)
    first, last = counts.new_zeros(len(is_match)), counts.new_zeros(len(is_match))
    valid = counts > 0
    first[valid] = ranks[(ends - counts)[valid]]
    last[valid] = ranks[ends[valid] - 1]
    return QueryScores(precision / counts, counts.double() / last, first)


def summarize_scores(
    scores: Sequence[QueryScores], max_rank: int, *, require_match: bool = True
) -> dict[str, Any]:
    """Average scores over the queries that have a match.

    Args:
        scores: Scores of chunks of queries, in the order of the queries.
        max_rank: Length of the CMC curve.
        require_match: Whether an error is raised if no query has a match. Otherwise all
            averages are NaN.

    Returns:
        The dict that `evaluate_ranking` returns.

    Raises:
        ValueError: If no query has a match although one is required, or `max_rank` is
            below 1.
    """
    if max_rank < 1:
        raise ValueError(f"max_rank is {max_rank}; it must be at least 1.")
    average_precision, inverse_penalty, first = (
        torch.cat([getattr(chunk, name) for chunk in scores])
        for name in ("average_precision", "inverse_penalty", "first_rank")
    )
    valid = first > 0
    if require_match and not valid.any():
        raise ValueError(
            f"none of the {len(valid)} queries has a match in the gallery from another "
            "camera; check that both come from the same test split and that person ids "
            "and cameras were read correctly."
        )
    counts = torch.bincount(first[valid], minlength=max_rank + 1)[1 : max_rank + 1]
    return {
        "mAP": float(average_precision[valid].mean()),
        "mINP": float(inverse_penalty[valid].mean()),
        "cmc": (counts.cumsum(0) / valid.sum().double()).numpy(),
        "average_precision": average_precision.numpy(),
    }


def _stable_order(distance: NDArray[Any]) -> NDArray[np.int64]:
    """Order every row, equal distances by their index: (Q, G) int64.

    numpy's stable sort is several times slower than its vectorized sort, which leaves
    equal distances in any order. Therefore each distance is replaced by an integer that
    orders by distance first and by index second, and these integers are sorted again.
    """
    order = np.argsort(distance, axis=1)
    ascending = np.take_along_axis(distance, order, axis=1)
    key = np.zeros(distance.shape, np.int64)
    np.cumsum(ascending[:, 1:] > ascending[:, :-1], axis=1, out=key[:, 1:])
    key *= distance.shape[1]
    key += order
    key.sort(axis=1)
    key %= distance.shape[1]
    return key


def _as_table(distance: ArrayLike) -> Tensor:
    """Check the distances and convert half precision and integers to float64."""
    table = np.asarray(distance)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(
            f"distance has shape {table.shape}; expected (queries, gallery images), at "
            "least one of each."
        )
    if table.dtype not in (np.float32, np.float64):
        table = table.astype(np.float64)
    if not np.isfinite(table).all():
        raise ValueError(
            f"{np.count_nonzero(~np.isfinite(table))} of {table.size} distances are "
            "not finite; look for NaN in the features."
        )
    return torch.from_numpy(np.ascontiguousarray(table))


def _as_labels(ids: ArrayLike, cameras: ArrayLike, length: int, name: str) -> Labels:
    arrays = {"ids": np.asarray(ids), "cameras": np.asarray(cameras)}
    for kind, values in arrays.items():
        if values.shape != (length,):
            raise ValueError(
                f"{name} {kind} have shape {values.shape}, but the distances are of "
                f"{length} {name} images; give one number for each."
            )
        if values.dtype.kind not in "iu":
            raise TypeError(
                f"{name} {kind} are of type {values.dtype}; expected integers."
            )
    return Labels(*(torch.from_numpy(v.astype(np.int64)) for v in arrays.values()))
