"""k-reciprocal re-ranking: who shares the query's neighbors is the same person.

Sparse where the usual implementation is dense: nothing of the size (Q + G)² is kept.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from solider_mm.evaluation.reid.ranking import squared_distances
from solider_mm.evaluation.reid.reciprocal_encoding import (
    encode_reciprocal,
    memberships,
    nearest_images,
    pair_distances,
)

__all__ = ["KReciprocalReranker", "check_reranking", "k_reciprocal_rerank"]

_CHUNK_SIZE = 256
_QUERIES_AT_ONCE = 16


def k_reciprocal_rerank(
    query_features: ArrayLike,
    gallery_features: ArrayLike,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
) -> NDArray[Any]:
    """Distances from queries to gallery images after k-reciprocal re-ranking.

    The features are taken as they are: normalize them first to rank by cosine, as
    the reference's evaluation does.

    Args:
        query_features: (Q, C) floating point.
        gallery_features: (G, C) floating point.
        k1: neighbors that may be reciprocal.
        k2: neighbors over which an image's encoding is averaged; 1 leaves it alone.
        lambda_value: share of the plain distance in the result, in [0, 1].

    Returns:
        (Q, G) in [0, 1]: float32, or float64 if both features are. Besides it, memory
        is that of `KReciprocalReranker`.

    Raises:
        ValueError: if shapes do not fit, a feature is not finite, or a number is out
            of range.

    Source:
        docs/reference.md §4.5. The reference computes the encodings in half precision.
    """
    query, gallery = np.asarray(query_features), np.asarray(gallery_features)
    reranker = KReciprocalReranker(
        query, gallery, k1=k1, k2=k2, lambda_value=lambda_value
    )
    precise = query.dtype == gallery.dtype == np.float64
    result = np.empty((len(query), len(gallery)), np.float64 if precise else np.float32)
    for start in range(0, len(query), _CHUNK_SIZE):
        rows = slice(start, start + _CHUNK_SIZE)
        result[rows] = reranker.distance(rows)
    return result


class KReciprocalReranker:
    """Finds every image's neighbors once, then gives the distances of some queries.

    Two images are reciprocal neighbors if each is among the ``k1 + 1`` nearest of the
    other (an image is its own nearest). A neighbor's own reciprocal set of half the
    size joins if more than two thirds of it are known already. The set, weighted by
    ``exp(-d)`` and averaged over ``k2`` neighbors, encodes the image; encodings are
    compared by their Jaccard distance. d is the squared distance over the largest of
    the row's image.

    Results are those of float64. With N = Q + G images, 12·N·C bytes of features and
    about 2 kB an image for encodings are needed, and ``chunk_size`` rows of N distances
    (about 24 bytes each).

    Args:
        query_features: (Q, C) floating point.
        gallery_features: (G, C) floating point.
        k1: neighbors that may be reciprocal, at least 1.
        k2: neighbors to average over, at least 1.
        lambda_value: share of the plain distance, in [0, 1].
        chunk_size: images compared with all others at once, at least 1.

    Raises:
        ValueError: if shapes do not fit, a feature is not finite, or a number is out
            of range.

    Source:
        docs/reference.md §4.5.
    """

    def __init__(
        self,
        query_features: ArrayLike,
        gallery_features: ArrayLike,
        *,
        k1: int = 20,
        k2: int = 6,
        lambda_value: float = 0.3,
        chunk_size: int = _CHUNK_SIZE,
    ) -> None:
        check_reranking(k1, k2, lambda_value)
        self._features, self._num_queries = _stack(query_features, gallery_features)
        self._lambda = lambda_value
        sizes = k1 + 1, round(k1 / 2) + 1, k2
        neighbors, farthest = nearest_images(self._features, sizes, chunk_size)
        table, images = self._features.numpy(), np.arange(len(farthest))
        largest = pair_distances(table, images, farthest)
        largest = np.maximum(largest, np.finfo(np.float64).tiny)  # all images alike
        self._largest = torch.from_numpy(largest)
        encoding = encode_reciprocal(table, largest, neighbors, k1)
        if k2 > 1:
            nearest = neighbors[:, :k2]
            encoding = memberships(nearest) @ encoding / nearest.shape[1]
        self._query_encoding = encoding[: self._num_queries]
        self._gallery_by_member = encoding[self._num_queries :].T.tocsr()  # (N, G)

    def distance(self, rows: slice) -> NDArray[np.float64]:
        """Re-ranked distances of some queries.

        Args:
            rows: which queries; q of them.

        Returns:
            (q, G) float64 in [0, 1]; up to four such tables at once.
        """
        query = self._features[: self._num_queries][rows]
        gallery = self._features[self._num_queries :]
        largest = self._largest[: self._num_queries][rows]
        plain = squared_distances(query, gallery).div_(largest[:, None]).numpy()
        shared = _shared_weight(self._query_encoding[rows], self._gallery_by_member)
        jaccard = 1 - shared / (2 - shared)
        return (1 - self._lambda) * jaccard + self._lambda * plain


def check_reranking(k1: int, k2: int, lambda_value: float) -> None:
    """Refuse parameters of re-ranking that are out of range.

    Raises:
        ValueError: if a k is below 1 or ``lambda_value`` is no share.
    """
    if min(k1, k2) < 1 or not 0 <= lambda_value <= 1:
        raise ValueError(
            f"k1={k1}, k2={k2}, lambda_value={lambda_value}: expected k1 and k2 of at "
            "least 1 and a share in [0, 1]."
        )


def _stack(query: ArrayLike, gallery: ArrayLike) -> tuple[Tensor, int]:
    """Queries and gallery as one float64 table (N, C), and the number of queries.

    Centered, which leaves distances alone and keeps float32 from losing digits.
    """
    tables = np.asarray(query), np.asarray(gallery)
    shapes = [table.shape for table in tables]
    if any(len(shape) != 2 or 0 in shape for shape in shapes) or (
        shapes[0][1] != shapes[1][1]
    ):
        raise ValueError(
            f"query and gallery features have shapes {shapes[0]} and {shapes[1]}; "
            "expected (Q, C) and (G, C), at least one of each."
        )
    features = np.concatenate(tables, dtype=np.float64)
    broken = ~np.isfinite(features).all(axis=1)
    if broken.any():
        raise ValueError(
            f"{broken.sum()} of {len(features)} features are not finite, the first at "
            f"row {broken.argmax()} of queries and gallery; they cannot be ranked."
        )
    features -= features.mean(axis=0)
    return torch.from_numpy(features), len(tables[0])


def _shared_weight(
    query: csr_matrix, gallery_by_member: csr_matrix
) -> NDArray[np.float64]:
    """Sum over members of the smaller of two weights.

    Args:
        query: (q, N) encodings of queries.
        gallery_by_member: (N, G), the gallery's encodings transposed.

    Returns:
        (q, G) in [0, 1].
    """
    num_gallery = gallery_by_member.shape[1]
    parts = []
    for start in range(0, query.shape[0], _QUERIES_AT_ONCE):
        block = query[start : start + _QUERIES_AT_ONCE]
        shared = gallery_by_member[block.indices]  # a row for each member of a query
        repeats = np.diff(shared.indptr)
        weights = np.minimum(shared.data, np.repeat(block.data, repeats))
        owners = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        cells = np.repeat(owners, repeats) * num_gallery + shared.indices
        sums = np.bincount(cells, weights, minlength=block.shape[0] * num_gallery)
        parts.append(sums.reshape(block.shape[0], num_gallery))
    return np.concatenate(parts)
