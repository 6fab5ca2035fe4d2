"""Sparse encodings of images by the neighbors that have them as neighbors too."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from solider_mm.evaluation.reid.ranking import squared_distances

__all__ = ["encode_reciprocal", "memberships", "nearest_images", "pair_distances"]

_PAIRS_AT_ONCE = 256
# Of a squared distance by float32 products, over the squared lengths; on the safe side.
_ROUNDING = 32 * torch.finfo(torch.float32).eps


def nearest_images(
    features: Tensor, sizes: Sequence[int], chunk_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nearest images of every image, itself included, and the farthest one.

    Distances are computed in float32, and again in float64 for the images whose nearest
    ``size`` float32 cannot tell from the rest; so those sets are exact.

    Args:
        features: (N, C) float64.
        sizes: numbers of nearest images that matter as a set.
        chunk_size: images compared with all others at once.

    Returns:
        (N, largest size) from near to far, fewer columns if there are fewer images;
        and (N,).
    """
    rough = features.float()
    squares = rough.square().sum(1)
    resolution = _ROUNDING * (squares + squares.max())  # (N,)
    count = min(max(sizes), len(features))
    cuts = [size - 1 for size in sizes if size < len(features)]
    nearest, farthest, unsure = [], [], []
    for rows in torch.arange(len(features)).split(chunk_size):
        distance = squared_distances(rough[rows], rough)  # (c, N)
        farthest.append(distance.argmax(dim=1))
        near = distance.topk(min(count + 1, len(features)), dim=1, largest=False)
        nearest.append(near.indices[:, :count])
        gaps = near.values.diff(dim=1)[:, cuts]  # (c, sizes)
        unsure.append(rows[(gaps < resolution[rows, None]).any(dim=1)])
    result = torch.cat(nearest)
    for rows in torch.cat(unsure).split(chunk_size):
        distance = squared_distances(features[rows], features)
        result[rows] = distance.topk(count, dim=1, largest=False).indices
    return result.numpy(), torch.cat(farthest).numpy()


def pair_distances(
    features: NDArray[np.float64], rows: NDArray[Any], cols: NDArray[Any]
) -> NDArray[np.float64]:
    """Squared distances (P,) of P pairs, a few at a time to stay in the cache.

    In numpy: torch would wake its threads for every small step.
    """
    result = np.empty(len(rows))
    for start in range(0, len(rows), _PAIRS_AT_ONCE):
        pairs = slice(start, start + _PAIRS_AT_ONCE)
        difference = features[rows[pairs]] - features[cols[pairs]]  # (p, C)
        result[pairs] = np.einsum("pc,pc->p", difference, difference)
    return result


def memberships(neighbors: NDArray[np.int64]) -> csr_matrix:
    """(N, N) matrix with a 1 for each of the k neighbors (N, k) of every image."""
    num_images, count = neighbors.shape
    ends = np.arange(0, neighbors.size + 1, count)
    ones = np.ones(neighbors.size)
    return csr_matrix((ones, neighbors.ravel(), ends), shape=(num_images, num_images))


def encode_reciprocal(
    features: NDArray[np.float64],
    largest: NDArray[np.float64],
    neighbors: NDArray[np.int64],
    k1: int,
) -> csr_matrix:
    """Weigh the members of every image's expanded reciprocal set.

    Args:
        features: (N, C).
        largest: (N,) largest squared distance of every image.
        neighbors: (N, at least k1 + 1) from near to far.
        k1: neighbors that may be reciprocal.

    Returns:
        (N, N) float64; rows sum to 1, or to 0 for an image that is not among its own
        nearest (more than k1 copies of it).

    Source:
        docs/reference.md §4.5, steps 2 to 4.
    """
    mutual = _reciprocal(neighbors[:, : k1 + 1])
    mutual_half = _reciprocal(neighbors[:, : round(k1 / 2) + 1])
    sizes = np.diff(mutual_half.indptr)
    known = (mutual @ mutual_half.T).multiply(mutual).tocoo()
    joins = 3 * known.data > 2 * sizes[known.col]
    chosen = csr_matrix(
        (known.data[joins], (known.row[joins], known.col[joins])), shape=known.shape
    )
    members = mutual + chosen @ mutual_half  # its pattern counts, not its numbers
    rows = np.repeat(np.arange(len(neighbors)), np.diff(members.indptr))
    distance = pair_distances(features, rows, members.indices) / largest[rows]
    weights = np.exp(-distance)
    weights /= np.bincount(rows, weights, minlength=len(neighbors))[rows]
    return csr_matrix((weights, members.indices, members.indptr), shape=members.shape)


def _reciprocal(neighbors: NDArray[np.int64]) -> csr_matrix:
    """(N, N) matrix with a 1 where two images are neighbors of each other."""
    near = memberships(neighbors)
    return near.multiply(near.T).tocsr()
