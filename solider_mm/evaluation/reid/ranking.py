"""Rank a gallery for every query, and score the order.

A re-identification protocol, not plain retrieval: gallery images that show the query's
person from the query's own camera are taken out before ranks are counted.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from solider_mm.evaluation.reid.ranking_scores import score_hits, summarize_scores

__all__ = [
    "Labels",
    "RankedGallery",
    "evaluate_ranking",
    "rank_gallery",
    "squared_distances",
]

_CHUNK_SIZE = 256


class Labels(NamedTuple):
    """Who is seen where.

    Attributes:
        identities: (M,) int64 person numbers.
        cameras: (M,) int64 camera numbers.
    """

    identities: Tensor
    cameras: Tensor

    def part(self, rows: slice) -> "Labels":
        """Labels of some of the images."""
        return Labels(self.identities[rows], self.cameras[rows])


class RankedGallery(NamedTuple):
    """The gallery from near to far, for Q queries.

    Attributes:
        order: (Q, G) int64 gallery indices; images of the same person and camera as
            the query come last, whatever their distance.
        hits: (Q, G) bool in that order, True for the same person in another camera.
        num_kept: (Q,) int64, how many of the row were ranked at all.
    """

    order: Tensor
    hits: Tensor
    num_kept: Tensor


def evaluate_ranking(
    distance: ArrayLike,
    query_ids: ArrayLike,
    gallery_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_cameras: ArrayLike,
    max_rank: int = 50,
) -> dict[str, Any]:
    """Mean average precision and cumulative matching characteristic of a gallery.

    For every query the gallery is ordered by distance (equal distances in the order
    of the gallery) without the images of the same person from the same camera. A query
    that has no match left is not counted. Distractors are wrong matches; junk images
    (id −1) must have been left out. In a gallery shorter than ``max_rank`` the curve
    stays at its last value.

    Args:
        distance: (Q, G) finite numbers, smaller is more alike.
        query_ids: (Q,) integer person numbers.
        gallery_ids: (G,) integer person numbers.
        query_cameras: (Q,) integer camera numbers.
        gallery_cameras: (G,) integer camera numbers.
        max_rank: length R of the curve.

    Returns:
        Fractions in [0, 1]: ``mAP`` and ``mINP`` (float), ``cmc`` (R,) float64 and
        ``average_precision`` (Q,) float64, NaN where a query has no match.

    Raises:
        TypeError: if ids or cameras are not integers.
        ValueError: if shapes do not fit, a distance is not finite, or no query has a
            match.

    Source:
        docs/reference.md §4.5; mINP (share of matches at the rank of the hardest one) is an
        addition of ours.
    """
    table = _as_table(distance)
    query = _as_labels(query_ids, query_cameras, len(table), "query")
    gallery = _as_labels(gallery_ids, gallery_cameras, table.shape[1], "gallery")
    scores = []
    for start in range(0, len(table), _CHUNK_SIZE):
        rows = slice(start, start + _CHUNK_SIZE)
        ranked = rank_gallery(table[rows], query.part(rows), gallery)
        scores.append(score_hits(ranked.hits))
    return summarize_scores(scores, max_rank)


def squared_distances(query: Tensor, gallery: Tensor) -> Tensor:
    """Squared Euclidean distances of every pair, by one matrix product.

    Args:
        query: (Q, C) floating point.
        gallery: (G, C) of the same type.

    Returns:
        (Q, G), at least 0.
    """
    squares = query.square().sum(1)[:, None] + gallery.square().sum(1)  # (Q, G)
    return squares.addmm_(query, gallery.T, alpha=-2).clamp_(min=0)


def rank_gallery(distance: Tensor, query: Labels, gallery: Labels) -> RankedGallery:
    """Order the gallery for every query; equal distances keep the gallery's order.

    About 40 bytes of working memory for every distance.

    Args:
        distance: (Q, G) finite floating point.
        query: Q labels.
        gallery: G labels.
    """
    same_person = query.identities[:, None] == gallery.identities  # (Q, G)
    same_camera = query.cameras[:, None] == gallery.cameras  # (Q, G)
    left_out = same_person & same_camera
    kept = distance.masked_fill(left_out, torch.inf)
    order = torch.from_numpy(_stable_order(kept.numpy()))
    hits = (same_person & ~same_camera).gather(1, order)
    return RankedGallery(order, hits, (~left_out).sum(dim=1))


def _stable_order(distance: NDArray[Any]) -> NDArray[np.int64]:
    """Order every row, equal distances by their index: (Q, G) int64.

    numpy's stable sort is several times slower than its vectorized one, which leaves
    equal distances in any order. So every distance becomes an integer that is larger
    for the next larger distance, then for the next index; those are sorted again.
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
    """Check distances; half precision and integers become float64."""
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
