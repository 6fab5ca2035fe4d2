"""Metrics that need no host."""

from solider_mm.evaluation.attribute.metric import (
    PedestrianAttributeMetric,
    attribute_scores,
)
from solider_mm.evaluation.citypersons.metric import CityPersonsMetric, ap50, miss_rate
from solider_mm.evaluation.person_search.metric import PersonSearchMetric
from solider_mm.evaluation.reid.metric import (
    ReIDMetric,
    evaluate_ranking,
    k_reciprocal_rerank,
)
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
    "CityPersonsMetric",
    "NearestNeighborAccuracy",
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
    "nearest_neighbor_accuracy",
    "normalized_mutual_information",
    "part_nmi",
    "part_report",
    "parts_to_tokens",
]
