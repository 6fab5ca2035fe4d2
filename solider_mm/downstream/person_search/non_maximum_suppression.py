"""Keep the surest of boxes that lie on each other."""

from typing import Any

import torch
from mmcv.ops import nms
from torch import Tensor

__all__ = ["nms_with_limits"]


def nms_with_limits(boxes: Tensor, scores: Tensor, iou: float, limits: Any) -> Tensor:
    """Choose boxes: sure enough, not empty, apart from each other, not too many.

    Args:
        boxes: (N, 4) as x1, y1, x2, y2.
        scores: (N,).
        iou: Boxes that overlap more are one.
        limits: `score_thr` (scores above it stay) and `max_per_img`.

    Returns:
        Numbers of the chosen boxes, from the surest down.
    """
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
    able = ((scores > limits.score_thr) & has_area).nonzero()[:, 0]
    if not len(able):
        return able
    _, chosen = nms(boxes[able].float(), scores[able].float(), iou)
    return able[chosen[: limits.max_per_img].to(torch.long)]
