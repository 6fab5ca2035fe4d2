"""Attribute recognition, on mmpretrain."""

from solider_mm.evaluation.attribute_metric import PedestrianAttributeMetric

from .attribute_csv import AttributeCSV
from .attribute_dataset import AttributeDataset
from .attribute_json import AttributeJSON
from .attribute_table import AttributeTable
from .frequency_hook import AttributeFrequencyHook
from .head import PedestrianAttributeHead, frequency_weights
from .market1501_attributes import Market1501Attributes
from .pa100k import PA100K

__all__ = [
    "PA100K",
    "AttributeCSV",
    "AttributeDataset",
    "AttributeFrequencyHook",
    "AttributeJSON",
    "AttributeTable",
    "Market1501Attributes",
    "PedestrianAttributeHead",
    "PedestrianAttributeMetric",
    "frequency_weights",
]
