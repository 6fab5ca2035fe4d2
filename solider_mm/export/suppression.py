"""Non-maximum suppression of a batch as one operator, which ONNX has."""

from collections.abc import Callable
from typing import Any

import torch
import torchvision
from torch import Tensor

__all__ = ["keep_mask", "onnx_translations"]


@torch.library.custom_op("solider_mm::keep_mask", mutates_args=())
def keep_mask(
    boxes: Tensor, scores: Tensor, iou_threshold: float, score_threshold: float
) -> Tensor:
    """Mark the boxes that non-maximum suppression keeps.

    Args:
        boxes: Corners x1, y1, x2, y2 of the boxes (B, N, 4).
        scores: Their scores (B, N).
        iou_threshold: IoU above which the box of the lower score is suppressed.
        score_threshold: Boxes must have a score above it.

    Returns:
        1.0 for boxes that are kept, else 0.0, (B, N).
    """
    mask = torch.zeros_like(scores)
    for row, box, score in zip(mask, boxes, scores, strict=True):
        candidates = (score > score_threshold).nonzero()[:, 0]
        kept = torchvision.ops.nms(box[candidates], score[candidates], iou_threshold)
        row[candidates[kept]] = 1.0
    return mask


@keep_mask.register_fake
def _(
    boxes: Tensor,
    scores: Tensor,
    iou_threshold: float,
    score_threshold: float,
) -> Tensor:
    del boxes, iou_threshold, score_threshold
    return torch.empty_like(scores)


def onnx_translations() -> dict[Any, Callable[..., Any]]:
    """How the exporter writes the operators of this module.

    Returns:
        Value for `custom_translation_table`.
    """
    import onnxscript  # noqa: PLC0415  optional extra

    op: Any = onnxscript.opset20

    def to_onnx(
        boxes: Any, scores: Any, iou_threshold: float, score_threshold: float
    ) -> Any:
        selected = op.NonMaxSuppression(
            boxes,
            op.Unsqueeze(scores, op.Constant(value_ints=[1])),
            op.Shape(scores, start=1, end=2),  # at most all
            op.Constant(value_floats=[iou_threshold]),
            op.Constant(value_floats=[score_threshold]),
        )  # (M, 3): image, class, box
        places = op.Gather(selected, op.Constant(value_ints=[0, 2]), axis=1)
        count = op.Shape(selected, start=0, end=1)
        ones = op.Expand(op.Constant(value_float=1.0), count)
        zeros = op.Expand(op.Constant(value_float=0.0), op.Shape(scores))
        return op.ScatterND(zeros, places, ones)

    return {torch.ops.solider_mm.keep_mask.default: to_onnx}
