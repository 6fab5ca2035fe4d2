"""k-reciprocal re-ranking with sparse encodings.

The usual implementation keeps dense tables of size (Q + G)²; this one keeps none.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from solider_mm.evaluation.reid.ranking import squared_distances

__all__ = ["KReciprocalReranker", "check_reranking", "k_reciprocal_rerank"]

_CHUNK_SIZE = 256
_QUERIES_AT_ONCE = 16
_PAIRS_AT_ONCE = 256
# Error bound of a squared distance computed by float32 products, relative to the
# squared lengths.
_ROUNDING = 32 * torch.finfo(torch.float32).eps


def k_reciprocal_rerank(
    query_features: ArrayLike,
    gallery_features: ArrayLike,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
) -> NDArray[Any]:
    """Compute query-to-gallery distances after k-reciprocal re-ranking.

    Features are used unchanged: normalize them first to rank by cosine similarity, as
    the official evaluation does.

    Args:
        query_features: Features (Q, C), floating point.
        gallery_features: Features (G, C), floating point.
        k1: Number of neighbors that may be reciprocal.
        k2: Number of neighbors over which an encoding is averaged; 1 means none.
        lambda_value: Weight of the original distance in the result, in [0, 1]; not
            the semantic weight.

    Returns:
        Distances (Q, G) in [0, 1]: float64 if both features are, else float32. Memory
        beside the result is that of `KReciprocalReranker`.

    Raises:
        ValueError: If shapes do not fit, a feature is not finite, or a parameter is
            out of range.

    Source:
        docs/reference.md §4.5. The official code computes the encodings in half
        precision.
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
    """Encode all images once, then compute re-ranked distances for chunks of queries.

    Two images are reciprocal neighbors if each is among the `k1 + 1` nearest images of
    the other (an image is its own nearest). The reciprocal set of a neighbor, at half
    the size, is merged if more than two thirds of it are already members. The members,
    weighted by `exp(-d)` and averaged over `k2` neighbors, encode the image. Encodings
    are compared by their Jaccard distance. d is the squared distance divided by the
    largest squared distance of the image.

    Computation is in float64. N = Q + G images take 12·N·C bytes for features, about
    2 kB per image for encodings, and `chunk_size` rows of N distances (about 24 bytes
    each).

    Args:
        query_features: Features (Q, C), floating point.
        gallery_features: Features (G, C), floating point.
        k1: Number of neighbors that may be reciprocal, at least 1.
        k2: Number of neighbors to average over, at least 1.
        lambda_value: Weight of the original distance, in [0, 1].
        chunk_size: Number of images compared with all others at once, at least 1.

    Raises:
        ValueError: If shapes do not fit, a feature is not finite, or a parameter is
            out of range.

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
        neighbors, farthest = _nearest_images(self._features, sizes, chunk_size)
        table, images = self._features.numpy(), np.arange(len(farthest))
        largest = _pair_distances(table, images, farthest)
        largest = np.maximum(largest, np.finfo(np.float64).tiny)  # all images equal
        self._largest = torch.from_numpy(largest)
        encoding = _encode_reciprocal(table, largest, neighbors, k1)
        if k2 > 1:
            nearest = neighbors[:, :k2]
            encoding = _memberships(nearest) @ encoding / nearest.shape[1]
        self._query_encoding = encoding[: self._num_queries]
        self._gallery_by_member = encoding[self._num_queries :].T.tocsr()  # (N, G)

    def distance(self, rows: slice) -> NDArray[np.float64]:
        """Compute the re-ranked distances of some queries.

        Args:
            rows: Slice of q queries.

        Returns:
            Distances (q, G) float64 in [0, 1]; up to four such tables are held at once.
        """
        query = self._features[: self._num_queries][rows]
        gallery = self._features[self._num_queries :]
        largest = self._largest[: self._num_queries][rows]
        plain = squared_distances(query, gallery).div_(largest[:, None]).numpy()
        shared = _shared_weight(self._query_encoding[rows], self._gallery_by_member)
        jaccard = 1 - shared / (2 - shared)
        return (1 - self._lambda) * jaccard + self._lambda * plain


def check_reranking(k1: int, k2: int, lambda_value: float) -> None:
    """Check the parameters of re-ranking.

    Raises:
        ValueError: If k1 or k2 is below 1, or `lambda_value` is outside [0, 1].
    """
    if min(k1, k2) < 1 or not 0 <= lambda_value <= 1:
        raise ValueError(
            f"k1={k1}, k2={k2}, lambda_value={lambda_value}: expected k1 and k2 of at "
            "least 1 and lambda_value in [0, 1]."
        )


def _stack(query: ArrayLike, gallery: ArrayLike) -> tuple[Tensor, int]:
    """Return queries and gallery as one float64 table (N, C), and the query count.

    Features are centered: distances stay the same and float32 keeps more digits.
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
    """Sum the element-wise minimum of query and gallery encodings.

    Args:
        query: Encodings of the queries, (q, N).
        gallery_by_member: Transposed encodings of the gallery, (N, G).

    Returns:
        Sums (q, G) in [0, 1].
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


def _nearest_images(
    features: Tensor, sizes: Sequence[int], chunk_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the nearest images of every image, itself included, and the farthest one.

    Distances are computed in float32, and again in float64 for images whose `size`
    nearest cannot be separated from the rest in float32. The sets are therefore exact.

    Args:
        features: Features (N, C) float64.
        sizes: Set sizes that must be exact.
        chunk_size: Number of images compared with all others at once.

    Returns:
        Indices (N, largest size) in ascending distance, fewer columns if there are
        fewer images, and the index of the farthest image, (N,).
    """
    rough = features.float()
    squares = rough.square().sum(1)
    resolution = _ROUNDING * (squares + squares.max())  # (N,)
    count = min(max(sizes), len(features))
    cuts = [size - 1 for size in sizes if size < len(features)]
    nearest, farthest, ambiguous = [], [], []
    for rows in torch.arange(len(features)).split(chunk_size):
        distance = squared_distances(rough[rows], rough)  # (c, N)
        farthest.append(distance.argmax(dim=1))
        near = distance.topk(min(count + 1, len(features)), dim=1, largest=False)
        nearest.append(near.indices[:, :count])
        gaps = near.values.diff(dim=1)[:, cuts]  # (c, sizes)
        ambiguous.append(rows[(gaps < resolution[rows, None]).any(dim=1)])
    result = torch.cat(nearest)
    for rows in torch.cat(ambiguous).split(chunk_size):
        distance = squared_distances(features[rows], features)
        result[rows] = distance.topk(count, dim=1, largest=False).indices
    return result.numpy(), torch.cat(farthest).numpy()


def _pair_distances(
    features: NDArray[np.float64], rows: NDArray[Any], cols: NDArray[Any]
) -> NDArray[np.float64]:
    """Compute squared distances (P,) of P pairs, a few at a time to stay in cache.

    Uses numpy: torch would start its threads for every small step.
    """
    result = np.empty(len(rows))
    for start in range(0, len(rows), _PAIRS_AT_ONCE):
        pairs = slice(start, start + _PAIRS_AT_ONCE)
        difference = features[rows[pairs]] - features[cols[pairs]]  # (p, C)
        result[pairs] = np.einsum("pc,pc->p", difference, difference)
    return result


def _memberships(neighbors: NDArray[np.int64]) -> csr_matrix:
    """Return an (N, N) matrix with a 1 for each neighbor (N, k) of every image."""
    num_images, count = neighbors.shape
    ends = np.arange(0, neighbors.size + 1, count)
    ones = np.ones(neighbors.size)
    return csr_matrix((ones, neighbors.ravel(), ends), shape=(num_images, num_images))


def _encode_reciprocal(
    features: NDArray[np.float64],
    largest: NDArray[np.float64],
    neighbors: NDArray[np.int64],
    k1: int,
) -> csr_matrix:
    """Weight the members of every image's expanded reciprocal set.

    Args:
        features: Features (N, C).
        largest: Largest squared distance of every image, (N,).
        neighbors: Indices (N, at least k1 + 1) in ascending distance.
        k1: Number of neighbors that may be reciprocal.

    Returns:
        Encodings (N, N) float64. Rows sum to 1, or to 0 for an image that is not among
        its own nearest neighbors (because more than k1 copies of it exist).

    Source:
        docs/reference.md §4.5, steps 2 to 4.
    """
    mutual = _reciprocal_pairs(neighbors[:, : k1 + 1])
    mutual_half = _reciprocal_pairs(neighbors[:, : round(k1 / 2) + 1])
    sizes = np.diff(mutual_half.indptr)
    known = (mutual @ mutual_half.T).multiply(mutual).tocoo()
    joins = 3 * known.data > 2 * sizes[known.col]
    chosen = csr_matrix(
        (known.data[joins], (known.row[joins], known.col[joins])), shape=known.shape
    )
    members = mutual + chosen @ mutual_half  # only the sparsity pattern is used
    rows = np.repeat(np.arange(len(neighbors)), np.diff(members.indptr))
    distance = _pair_distances(features, rows, members.indices) / largest[rows]
    weights = np.exp(-distance)
    weights /= np.bincount(rows, weights, minlength=len(neighbors))[rows]
    return csr_matrix((weights, members.indices, members.indptr), shape=members.shape)


def _reciprocal_pairs(neighbors: NDArray[np.int64]) -> csr_matrix:
    """Return an (N, N) matrix with a 1 where two images are mutual neighbors."""
    near = _memberships(neighbors)
    return near.multiply(near.T).tocsr()
