"""Entry points: inferencers and models by name, imported when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from solider_mm.checkpoints.model_index import find_model, list_models
from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.gallery_index import GalleryIndex
from solider_mm.inference.semantic_parts_inferencer import SemanticPartsInferencer
from solider_mm.version_gate import require_host

if TYPE_CHECKING:
    from solider_mm.downstream.attribute.inferencer import AttributeInferencer
    from solider_mm.downstream.human_parsing.inferencer import HumanParsingInferencer
    from solider_mm.downstream.human_pose.inferencer import HumanPoseInferencer
    from solider_mm.downstream.pedestrian_detection.inferencer import (
        PedestrianDetectionInferencer,
    )
    from solider_mm.downstream.person_search.inferencer import PersonSearchInferencer
    from solider_mm.downstream.reid.inferencer import ReIDInferencer

__all__ = [
    "AttributeInferencer",
    "FeatureExtractor",
    "GalleryIndex",
    "HumanParsingInferencer",
    "HumanPoseInferencer",
    "PedestrianDetectionInferencer",
    "PersonSearchInferencer",
    "ReIDInferencer",
    "SemanticPartsInferencer",
    "find_model",
    "list_models",
]

# Class: folder of its task, and the optional host that it needs.
_TASKS = {
    "AttributeInferencer": ("attribute", None),
    "HumanParsingInferencer": ("human_parsing", "mmseg"),
    "HumanPoseInferencer": ("human_pose", "mmpose"),
    "PedestrianDetectionInferencer": ("pedestrian_detection", "mmdet"),
    "PersonSearchInferencer": ("person_search", "mmdet"),
    "ReIDInferencer": ("reid", None),
}


def __getattr__(name: str) -> Any:
    if name not in _TASKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    task, host = _TASKS[name]
    if host is not None:
        require_host(host)
    return getattr(import_module(f"solider_mm.downstream.{task}.inferencer"), name)
