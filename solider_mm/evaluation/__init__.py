"""Metrics that need no host."""

from .part_agreement import (
    NearestNeighbourAccuracy,
    foreground_iou,
    mask_to_tokens,
    nearest_neighbour_accuracy,
    normalised_mutual_information,
    part_nmi,
    parts_to_tokens,
)
from .part_report import MEANINGS, format_part_report, part_report

__all__ = [
    "MEANINGS",
    "NearestNeighbourAccuracy",
    "foreground_iou",
    "format_part_report",
    "mask_to_tokens",
    "nearest_neighbour_accuracy",
    "normalised_mutual_information",
    "part_nmi",
    "part_report",
    "parts_to_tokens",
]
