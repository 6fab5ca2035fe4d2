"""How well unsupervised semantic parts and features agree with a known truth.

Three numbers: the foreground IoU of token foregrounds, the normalized mutual
information (NMI) of semantic labels with truth parts, and nearest-neighbor identity
accuracy across cameras. Pure functions on tensors; no state, no host, no files.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = [
    "NearestNeighborAccuracy",
    "foreground_iou",
    "mask_to_tokens",
    "nearest_neighbor_accuracy",
    "normalized_mutual_information",
    "part_nmi",
    "parts_to_tokens",
]


class NearestNeighborAccuracy(NamedTuple):
    """Result of `nearest_neighbor_accuracy`; fractions in [0, 1], NaN without queries.

    Attributes:
        accuracy: Share of queries whose nearest neighbor has their identity.
        chance: Expected accuracy of a uniformly random neighbor.
        num_queries: Queries that have a true match among their candidates.
    """

    accuracy: float
    chance: float
    num_queries: int


def mask_to_tokens(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """Reduce a pixel mask to tokens: True where at least half of the area is True.

    Args:
        mask: (B, H, W) bool.
        size: (h, w) of the token grid; H and W need not be multiples of it.

    Returns:
        (B, h, w) bool.
    """
    _check_maps(mask)
    area = F.adaptive_avg_pool2d(mask.float(), size)  # (B, h, w)
    return area >= 0.5


def parts_to_tokens(parts: Tensor, size: tuple[int, int]) -> Tensor:
    """Reduce a pixel label map to tokens: the label with the largest area wins.

    Args:
        parts: (B, H, W) labels >= 0 of an integer type, 0 = background.
        size: (h, w) of the token grid; H and W need not be multiples of it.

    Returns:
        (B, h, w) int64; equal areas go to the smaller label.
    """
    _check_maps(parts)
    labels = parts.long()
    num_labels = int(labels.max()) + 1 if labels.numel() else 1
    area = torch.stack(
        [
            F.adaptive_avg_pool2d((labels == part).float(), size)
            for part in range(num_labels)
        ]
    )  # (P, B, h, w)
    return area.argmax(dim=0)


def foreground_iou(predicted: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of two foregrounds, per image.

    Args:
        predicted: (B, h, w) bool.
        truth: (B, h, w) bool.

    Returns:
        (B,) float32 in [0, 1]; 1 where both foregrounds are empty.

    Raises:
        ValueError: If the shapes differ.
    """
    _check_same_shape(predicted, truth)
    predicted, truth = predicted.bool().flatten(1), truth.bool().flatten(1)
    intersection = (predicted & truth).sum(dim=1)
    union = (predicted | truth).sum(dim=1)
    return torch.where(
        union > 0, intersection / union.clamp(min=1), torch.ones_like(union).float()
    )


def normalized_mutual_information(labels: Tensor, truth: Tensor) -> float:
    """Mutual information of two labelings over the mean of their entropies.

    Args:
        labels: (M,) integer labels.
        truth: (M,) integer labels.

    Returns:
        NMI in [0, 1]: 1 for the same partition under any renaming, about 0 for
        independent labels. Two constant labelings are the same partition (1); NaN
        without any element.

    Raises:
        ValueError: If the shapes differ.
    """
    _check_same_shape(labels, truth)
    if labels.numel() == 0:
        return float("nan")
    _, rows = torch.unique(labels.flatten(), return_inverse=True)
    _, columns = torch.unique(truth.flatten(), return_inverse=True)
    num_rows, num_columns = int(rows.max()) + 1, int(columns.max()) + 1
    if num_rows == 1 and num_columns == 1:
        return 1.0
    counts = torch.bincount(
        rows * num_columns + columns, minlength=num_rows * num_columns
    )
    joint = counts.double().reshape(num_rows, num_columns) / labels.numel()
    entropy_rows = _entropy(joint.sum(dim=1))
    entropy_columns = _entropy(joint.sum(dim=0))
    mutual = entropy_rows + entropy_columns - _entropy(joint)
    return float((2 * mutual / (entropy_rows + entropy_columns)).clamp(0, 1))


def part_nmi(semantic_labels: Tensor, truth_parts: Tensor) -> float:
    """NMI of semantic labels with truth parts, on the tokens of the true person.

    Only tokens whose truth is a body part (> 0) count: with background included, a
    good foreground alone would already score high, and that is what `foreground_iou`
    measures. A person token that was labeled background stays in with label 0, so
    missing half of the person costs. Tokens of all images are pooled, since a label
    has to mean the same part in every image; NMI per image would also be far above 0
    by chance, there being so few tokens.

    Args:
        semantic_labels: (B, h, w) integer labels, 0 = background.
        truth_parts: (B, h, w) integer labels, 0 = background.

    Returns:
        NMI in [0, 1]; NaN if the truth has no person token.

    Raises:
        ValueError: If the shapes differ.
    """
    _check_same_shape(semantic_labels, truth_parts)
    person = truth_parts > 0
    return normalized_mutual_information(semantic_labels[person], truth_parts[person])


def nearest_neighbor_accuracy(
    features: Tensor,
    identities: Tensor,
    cameras: Tensor,
    *,
    same_camera: bool = False,
    chunk_size: int = 1024,
) -> NearestNeighborAccuracy:
    """Share of images whose nearest neighbor is the same person.

    Nearest by cosine. Candidates are the images of other cameras, as re-identification
    asks, or those of the query's own camera, an easier question; never the query
    itself. A query without a true match among them cannot be right and is left out.

    Args:
        features: (M, C) float features of any length; normalized here.
        identities: (M,) integer person numbers.
        cameras: (M,) integer camera numbers.
        same_camera: Candidates are the other images of the same camera.
        chunk_size: Queries compared at once; memory is chunk_size × M numbers.

    Returns:
        Accuracy, the chance level of a random candidate, and the number of queries.

    Raises:
        ValueError: If lengths differ or `chunk_size` is below 1.
    """
    if not len(features) == len(identities) == len(cameras):
        raise ValueError(
            f"{len(features)} features, {len(identities)} identities and "
            f"{len(cameras)} cameras were given; pass one of each per image."
        )
    if chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}; it must be at least 1.")
    identities, cameras = identities.to(features.device), cameras.to(features.device)
    unit = F.normalize(features.float(), dim=1)
    correct, chance, num_queries = 0, 0.0, 0
    for start in range(0, len(unit), chunk_size):
        rows = slice(start, start + chunk_size)
        candidate = (cameras[rows, None] == cameras[None, :]) == same_camera  # (Q, M)
        if same_camera:
            queries = torch.arange(len(candidate), device=candidate.device)
            candidate[queries, queries + start] = False
        match = (identities[rows, None] == identities[None, :]) & candidate
        valid = match.any(dim=1)
        similarity = (unit[rows] @ unit.T).masked_fill(~candidate, -torch.inf)
        nearest = similarity.argmax(dim=1, keepdim=True)  # (Q, 1)
        hit = match.gather(1, nearest).squeeze(1)
        correct += int((hit & valid).sum())
        share = match.sum(dim=1).double() / candidate.sum(dim=1).clamp(min=1)
        chance += float(share[valid].sum())
        num_queries += int(valid.sum())
    if num_queries == 0:
        return NearestNeighborAccuracy(float("nan"), float("nan"), 0)
    return NearestNeighborAccuracy(
        correct / num_queries, chance / num_queries, num_queries
    )


def _entropy(probabilities: Tensor) -> Tensor:
    return torch.special.entr(probabilities).sum()


def _check_maps(maps: Tensor) -> None:
    if maps.ndim != 3:
        raise ValueError(
            f"the map has shape {tuple(maps.shape)}; expected (B, H, W), so add a "
            "batch dimension for a single image."
        )


def _check_same_shape(predicted: Tensor, truth: Tensor) -> None:
    if predicted.shape != truth.shape:
        raise ValueError(
            f"shapes {tuple(predicted.shape)} and {tuple(truth.shape)} differ; reduce "
            "the truth to the token grid first (mask_to_tokens, parts_to_tokens)."
        )
