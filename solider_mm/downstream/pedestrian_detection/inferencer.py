"""Boxes of pedestrians."""

from typing import Any, ClassVar

import numpy as np
import torch
from mmdet.models.detectors.base import BaseDetector
from numpy.typing import NDArray
from torch import nn

from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.visualization.box_overlay import plot_boxes

__all__ = ["PedestrianDetectionInferencer"]

_PEOPLE = ("person", "pedestrian", "people")


class PedestrianDetectionInferencer(PersonInferencer):
    """Boxes of people with scores.

    The model may be any of mmdet's, given by name (`rtmdet_tiny_8xb32-300e_coco`), or
    as config and weights. Of several classes, those named person or pedestrian are
    reported.

    Every result has, besides the common fields, sorted by score,

    - `boxes`: (N, 4) float32, x1, y1, x2, y2 in pixels of the image;
    - `scores`: (N,) float32 in [0, 1];
    - `labels`: (N,) int64, class numbers of the model.

    An image without people has N = 0.

    Options of the call:

    - `score_threshold`: lowest score that is reported, 0.3 by default.
    """

    task: ClassVar[str] = "detect"
    host: ClassVar[str | None] = "mmdet"
    default_model: ClassVar[str] = (
        "csp_solider-swin-nano_1xb4-bf16-30e_synthetic-128x256"
    )

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model is a detector."""
        return isinstance(model, BaseDetector)

    def fields(self, sample: Any, **options: Any) -> Result:
        """Keep boxes above the threshold, clipped to the image."""
        found = sample.pred_instances
        threshold = float(options.get("score_threshold", 0.3))
        keep = found.scores >= threshold
        people = self.person_labels()
        if people:
            keep &= torch.isin(found.labels, found.labels.new_tensor(people))
        boxes = found.bboxes[keep].float().cpu().numpy()
        height, width = sample.ori_shape[:2]
        boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
        scores = found.scores[keep].float().cpu().numpy()
        order = np.argsort(-scores, kind="stable")
        return {
            "boxes": boxes[order],
            "scores": scores[order],
            "labels": found.labels[keep].cpu().numpy()[order],
        }

    def person_labels(self) -> list[int]:
        """Class numbers of people; empty if the model does not name its classes."""
        meta = getattr(self.model, "dataset_meta", None) or {}
        classes = meta.get("classes") or meta.get("CLASSES") or ()
        return [i for i, name in enumerate(classes) if str(name).lower() in _PEOPLE]

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Boxes with their scores."""
        captions = [f"{score:.2f}" for score in result["scores"]]
        return plot_boxes(image, result["boxes"], captions)
