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
from solider_mm.evaluation.semantic_parts.report import (
    MEANINGS,
    format_part_report,
    part_report,
)

__all__ = [
    "MEANINGS",
    "NearestNeighborAccuracy",
    "foreground_iou",
    "format_part_report",
    "mask_to_tokens",
    "nearest_neighbor_accuracy",
    "normalized_mutual_information",
    "part_nmi",
    "part_report",
    "parts_to_tokens",
]
