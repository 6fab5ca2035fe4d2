"""Attribute evaluation: mean accuracy (mA) and instance-based metrics."""

from solider_mm.evaluation.attribute.metric import PedestrianAttributeMetric
from solider_mm.evaluation.attribute.scores import attribute_scores

__all__ = ["PedestrianAttributeMetric", "attribute_scores"]
