"""Pedestrian attribute recognition on mmpretrain."""

from solider_mm.downstream.attribute.attribute_csv import AttributeCSV
from solider_mm.downstream.attribute.attribute_dataset import AttributeDataset
from solider_mm.downstream.attribute.attribute_json import AttributeJSON
from solider_mm.downstream.attribute.attribute_table import AttributeTable
from solider_mm.downstream.attribute.frequency_hook import AttributeFrequencyHook
from solider_mm.downstream.attribute.head import (
    PedestrianAttributeHead,
    frequency_weights,
)
from solider_mm.downstream.attribute.market1501_attributes import Market1501Attributes
from solider_mm.downstream.attribute.pa100k import PA100K
from solider_mm.downstream.attribute.training_check import AttributeCheckHook
from solider_mm.evaluation.attribute.metric import PedestrianAttributeMetric

HOST = "mmpretrain"
SEMANTIC_WEIGHT = 0.8  # λ of the paper: docs/reference.md §1

__all__ = [
    "PA100K",
    "AttributeCSV",
    "AttributeCheckHook",
    "AttributeDataset",
    "AttributeFrequencyHook",
    "AttributeJSON",
    "AttributeTable",
    "Market1501Attributes",
    "PedestrianAttributeHead",
    "PedestrianAttributeMetric",
    "frequency_weights",
]
