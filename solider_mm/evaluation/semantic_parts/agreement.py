"""Agreement of unsupervised semantic parts and features with ground truth.

Pure functions on tensors: foreground IoU on tokens, normalized mutual information
(NMI) of semantic labels with ground-truth parts, and identity accuracy of nearest
neighbors across cameras.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class NearestNeighborAccuracy:
    """Result of `nearest_neighbor_accuracy`; fractions in [0, 1], NaN without queries.

    Attributes:
        accuracy: Share of queries whose nearest neighbor has the same identity.
        chance: Expected accuracy of a uniformly random candidate.
        num_queries: Number of queries with a match among their candidates.
    """

    accuracy: float
    chance: float
    num_queries: int


def mask_to_tokens(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """Reduce a pixel mask to tokens by majority: True if at least half is True.

    Args:
        mask: Masks (B, H, W) bool.
        size: Token grid (h, w); H and W need not be multiples of it.

    Returns:
        Token masks (B, h, w) bool.
    """
    _check_maps(mask)
    area = F.adaptive_avg_pool2d(mask.float(), size)  # (B, h, w)
    return area >= 0.5


def parts_to_tokens(parts: Tensor, size: tuple[int, int]) -> Tensor:
    """Reduce a pixel label map to tokens by majority.

    Args:
        parts: Integer labels (B, H, W) of at least 0; 0 = background.
        size: Token grid (h, w); H and W need not be multiples of it.

    Returns:
        Token labels (B, h, w) int64; a tie gives the smaller label.
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
    """Compute the intersection over union of two foregrounds, per image.

    Args:
        predicted: Predicted masks (B, h, w) bool.
        truth: Ground-truth masks (B, h, w) bool.

    Returns:
        IoU (B,) float32 in [0, 1]; 1 where both foregrounds are empty.

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
    """Compute the mutual information of two labelings over their mean entropy.

    Args:
        labels: Integer labels (M,).
        truth: Integer labels (M,).

    Returns:
        NMI in [0, 1]: 1 for identical partitions under any renaming, about 0 for
        independent labels. Two constant labelings are identical partitions (1). NaN
        for empty input.

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
    """Compute the NMI of semantic labels with ground-truth parts on person tokens.

    Only tokens whose ground truth is a body part (> 0) count. With background included,
    a good foreground alone would score high, which `foreground_iou` already measures. A
    person token predicted as background keeps label 0, so missing half of the person
    lowers the score. Tokens of all images are pooled because a label must mean the same
    part in every image. NMI per image would also be far above 0 by chance, since an
    image has few tokens.

    Args:
        semantic_labels: Predicted labels (B, h, w), 0 = background.
        truth_parts: Ground-truth labels (B, h, w), 0 = background.

    Returns:
        NMI in [0, 1]; NaN if the ground truth has no person token.

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
    """Compute the share of images whose nearest neighbor has the same identity.

    Nearest means largest cosine similarity. Candidates are the images of other cameras,
    as in re-identification, or the other images of the query's camera, which is easier.
    Queries without a match among the candidates are ignored.

    Args:
        features: Features (M, C); they are normalized here.
        identities: Integer identity numbers (M,).
        cameras: Integer camera numbers (M,).
        same_camera: Whether candidates are the other images of the same camera.
        chunk_size: Number of queries compared at once; memory is chunk_size × M values.

    Returns:
        Accuracy, chance level and number of queries.

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
        chance_share = match.sum(dim=1).double() / candidate.sum(dim=1).clamp(min=1)
        chance += float(chance_share[valid].sum())
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
            "the ground truth to the token grid first (mask_to_tokens, "
            "parts_to_tokens)."
        )
