"""Entry points: inferencers and models by name, imported when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    from solider_mm.inference.feature_extractor import FeatureExtractor
    from solider_mm.inference.gallery_index import GalleryIndex
    from solider_mm.inference.person_finder import PersonFinder
    from solider_mm.inference.semantic_parts_inferencer import SemanticPartsInferencer
    from solider_mm.model_index import find_model, list_models

__all__ = [
    "AttributeInferencer",
    "FeatureExtractor",
    "GalleryIndex",
    "HumanParsingInferencer",
    "HumanPoseInferencer",
    "PedestrianDetectionInferencer",
    "PersonFinder",
    "PersonSearchInferencer",
    "ReIDInferencer",
    "SemanticPartsInferencer",
    "find_model",
    "list_models",
]

_MODULES = {
    "AttributeInferencer": "downstream.attribute.inferencer",
    "FeatureExtractor": "inference.feature_extractor",
    "GalleryIndex": "inference.gallery_index",
    "HumanParsingInferencer": "downstream.human_parsing.inferencer",
    "HumanPoseInferencer": "downstream.human_pose.inferencer",
    "PedestrianDetectionInferencer": "downstream.pedestrian_detection.inferencer",
    "PersonFinder": "inference.person_finder",
    "PersonSearchInferencer": "downstream.person_search.inferencer",
    "ReIDInferencer": "downstream.reid.inferencer",
    "SemanticPartsInferencer": "inference.semantic_parts_inferencer",
    "find_model": "model_index",
    "list_models": "model_index",
}
_HOSTS = {
    "HumanParsingInferencer": "mmseg",
    "HumanPoseInferencer": "mmpose",
    "PedestrianDetectionInferencer": "mmdet",
    "PersonSearchInferencer": "mmdet",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _HOSTS:
        require_host(_HOSTS[name])
    return getattr(import_module(f"solider_mm.{_MODULES[name]}"), name)
