"""Metrics that need no host."""

from .attribute_metric import PedestrianAttributeMetric, attribute_scores
from .citypersons_metric import CityPersonsMetric, ap50, miss_rate
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
from .person_search_metric import PersonSearchMetric
from .reid_metric import ReIDMetric, evaluate_ranking, k_reciprocal_rerank

__all__ = [
    "MEANINGS",
    "CityPersonsMetric",
    "NearestNeighbourAccuracy",
    "PedestrianAttributeMetric",
    "PersonSearchMetric",
    "ReIDMetric",
    "ap50",
    "attribute_scores",
    "evaluate_ranking",
    "foreground_iou",
    "format_part_report",
    "k_reciprocal_rerank",
    "mask_to_tokens",
    "miss_rate",
    "nearest_neighbour_accuracy",
    "normalised_mutual_information",
    "part_nmi",
    "part_report",
    "parts_to_tokens",
]
