"""Pedestrian attribute metrics."""

from solider_mm.evaluation.attribute.metric import (
    PedestrianAttributeMetric,
    attribute_scores,
)

__all__ = ["PedestrianAttributeMetric", "attribute_scores"]
