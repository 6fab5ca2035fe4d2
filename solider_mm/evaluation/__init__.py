"""Evaluation metrics, independent of any host library."""

from solider_mm.evaluation.attribute import PedestrianAttributeMetric, attribute_scores
from solider_mm.evaluation.citypersons import CityPersonsMetric, ap50, miss_rate
from solider_mm.evaluation.person_search import PersonSearchMetric
from solider_mm.evaluation.reid import (
    ReIDMetric,
    evaluate_ranking,
    k_reciprocal_rerank,
)
from solider_mm.evaluation.semantic_parts import (
    NearestNeighborAccuracy,
    foreground_iou,
    mask_to_tokens,
    nearest_neighbor_accuracy,
    normalized_mutual_information,
    part_nmi,
    parts_to_tokens,
)

__all__ = [
    "CityPersonsMetric",
    "NearestNeighborAccuracy",
    "PedestrianAttributeMetric",
    "PersonSearchMetric",
    "ReIDMetric",
    "ap50",
    "attribute_scores",
    "evaluate_ranking",
    "foreground_iou",
    "k_reciprocal_rerank",
    "mask_to_tokens",
    "miss_rate",
    "nearest_neighbor_accuracy",
    "normalized_mutual_information",
    "part_nmi",
    "parts_to_tokens",
]
