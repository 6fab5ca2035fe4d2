"""Graph of human parsing: classes of pixels."""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.export.adaptive_pooling import replace_adaptive_pooling
from solider_mm.export.task_graph import Outputs, TaskGraph, scaled_difference

__all__ = ["ParsingGraph"]

_MARGIN = 1e-3


class ParsingGraph(TaskGraph):
    """Class numbers `labels` (B, H, W) and their `logits` (B, classes, H, W).

    Both have the size of the images. One view is computed, without the mirrored and
    scaled copies of test-time augmentation.
    """

    output_names = ("labels", "logits")

    def __init__(self, model: nn.Module) -> None:
        super().__init__(copy.deepcopy(model))
        replace_adaptive_pooling(self.model)

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute classes and logits; see `TaskGraph`."""
        logits = self.model.decode_head(self.maps(images, semantic_weight))
        logits = getattr(logits, "fusion", logits)  # CE2P has several branches
        aligned = bool(self.model.align_corners)
        logits = F.interpolate(
            logits, images.shape[2:], mode="bilinear", align_corners=aligned
        )
        return logits.argmax(1), logits

    def facts(self) -> dict[str, Any]:
        """Number of classes."""
        return {"number_of_classes": int(self.model.num_classes)}

    def differences(self, found: Outputs, expected: Outputs) -> dict[str, float]:
        """Compare logits, and classes where one is clearly the most probable."""
        best = expected["logits"].topk(2, dim=1).values
        is_clear = best[:, 0] - best[:, 1] > _MARGIN * best.abs().max()
        wrong = (found["labels"] != expected["labels"]) & is_clear
        return {
            "labels": wrong.to(torch.float64).mean().item(),
            "logits": scaled_difference(found["logits"], expected["logits"]),
        }
