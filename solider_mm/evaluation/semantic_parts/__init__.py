"""Evaluation of semantic parts: foreground IoU, part NMI, identity accuracy."""

from solider_mm.evaluation.semantic_parts.agreement import (
    NearestNeighborAccuracy,
    foreground_iou,
    mask_to_tokens,
    nearest_neighbor_accuracy,
    normalized_mutual_information,
    part_nmi,
    parts_to_tokens,
)

__all__ = [
    "NearestNeighborAccuracy",
    "foreground_iou",
    "mask_to_tokens",
    "nearest_neighbor_accuracy",
    "normalized_mutual_information",
    "part_nmi",
    "parts_to_tokens",
]
