"""What is exported: a model and what its file says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config
from torch import nn

__all__ = ["BACKBONE", "ModelToExport", "task_of"]

BACKBONE = "backbone"
_HEADS = {
    "solider_mm.ReIDHead": "reid",
    "solider_mm.PedestrianAttributeHead": "attribute",
    "HeatmapHead": "human_pose",
    "RTMCCHead": "human_pose",
    "solider_mm.CSPHead": "pedestrian_detection",
}


@dataclass(frozen=True)
class ModelToExport:
    """A model with its weights, and what its file says of it.

    Attributes:
        model: Model of a task, or a `SOLIDERSwin`, in evaluation mode.
        task: `"backbone"`, or the folder of the task's configs.
        size: (H, W) of the images it was trained on.
        mean: Mean of each RGB channel, in 0…255.
        std: Standard deviation of each RGB channel, in 0…255.
        semantic_weight: Its λ; None if nothing says one.
        name: Name of the model or file.
        metadata: What the metafile says of it.
        classes: Names of classes, attributes or keypoints; may be empty.
        weights_sha256: Checksum of the file of the weights.
        config: Config of the model; None if there is none.
    """

    model: nn.Module
    task: str
    size: tuple[int, int]
    mean: Sequence[float]
    std: Sequence[float]
    semantic_weight: float | None
    name: str
    weights_sha256: str
    metadata: dict[str, Any] = field(default_factory=dict)
    classes: Sequence[str] = ()
    config: Config | None = None


def task_of(cfg: Config) -> str:
    """Task of a config, by the parts of its model.

    Args:
        cfg: Whole config.

    Returns:
        `"backbone"` for pretraining, otherwise the folder of the task's configs.
    """
    model = cfg.model
    if str(model.type).endswith("SeqNet"):
        return "person_search"
    if model.get("decode_head"):
        return "human_parsing"
    head = model.get("head") or model.get("bbox_head") or model.get("roi_head") or {}
    kind = str(head.get("type", "")).removeprefix("mmpose.")
    if kind not in _HEADS and (model.get("bbox_head") or model.get("roi_head")):
        return "pedestrian_detection"
    return _HEADS.get(kind, BACKBONE)
