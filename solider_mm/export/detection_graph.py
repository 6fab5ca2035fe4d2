"""Graph of pedestrian detection: boxes after non-maximum suppression."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.export.side_tensor import side_tensor
from solider_mm.export.suppression import keep_mask
from solider_mm.export.task_graph import Outputs, TaskGraph
from solider_mm.functional.map_size import ceil_divide, map_size

__all__ = ["DetectionGraph", "row_differences"]


class DetectionGraph(TaskGraph):
    """`boxes` (B, N, 4) by falling `scores` (B, N), in pixels of the input.

    N is `max_per_img` of the config; rows after the last person have score 0.

    Args:
        model: mmdet's `SingleStageDetector` with a `CSPHead`.

    Raises:
        ValueError: If the detector has another head.
    """

    output_names = ("boxes", "scores")

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        head = getattr(self.model, "bbox_head", None)
        if type(head).__name__ != "CSPHead":
            raise ValueError(
                f"a detector with {type(head or self.model).__name__} is not exported "
                "here: expected CSPHead; export other heads of mmdet with mmdeploy"
            )
        self.limits = self.model.test_cfg
        self.divisor = int(self.model.data_preprocessor.pad_size_divisor)

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute boxes and scores; see `TaskGraph`."""
        size = map_size(images)
        padding = [ceil_divide(s, self.divisor) * self.divisor - s for s in size]
        images = F.pad(images, (0, padding[1], 0, padding[0]))
        head = self.model.bbox_head
        logits, scale, offset = head(self.maps(images, semantic_weight))
        scores = logits.sigmoid().flatten(1)  # (B, h·w)
        boxes = head._decode(scale, offset)  # (B, h·w, 4)
        scores, boxes = best_rows(scores, boxes, int(self.limits.get("nms_pre", 1000)))
        boxes = clip_boxes(boxes, size)
        kept = keep_mask(
            boxes,
            scores,
            float(self.limits.nms.iou_threshold),
            float(self.limits.get("score_thr", 0.01)),
        )
        scores, boxes = best_rows(scores * kept, boxes, int(self.limits.max_per_img))
        return boxes * (scores > 0)[..., None].to(boxes.dtype), scores

    def facts(self) -> dict[str, Any]:
        """Number of rows, and the thresholds in the graph."""
        return {
            "rows": int(self.limits.max_per_img),
            "iou_threshold": float(self.limits.nms.iou_threshold),
            "score_threshold": float(self.limits.get("score_thr", 0.01)),
        }

    def differences(self, found: Outputs, expected: Outputs) -> dict[str, float]:
        """Compare rows with the nearest expected ones: equal scores may swap."""
        return row_differences(found, expected)


def row_differences(found: Outputs, expected: Outputs) -> dict[str, float]:
    """How far the rows of two results are apart, whatever their order.

    Args:
        found: Tensors (B, N, D) or (B, N) with one row per box.
        expected: The same of the other result.

    Returns:
        Largest distance of a row of one result to the nearest row of the other, each
        column relative to its largest value above 1.
    """
    if any(found[name].shape != value.shape for name, value in expected.items()):
        return {"rows": float("inf")}
    own, other = _scaled_rows(found, expected), _scaled_rows(expected, expected)
    apart = torch.cdist(own, other, p=torch.inf)  # (B, N, N)
    return {"rows": float(max(apart.amin(1).max(), apart.amin(2).max()))}


def _scaled_rows(found: Outputs, expected: Outputs) -> Tensor:
    """Columns of all outputs side by side, (B, N, D)."""
    columns = []
    for name, value in expected.items():
        scale = value.abs().max().clamp(min=1.0)
        columns.append(found[name].reshape(*value.shape[:2], -1) / scale)
    return torch.cat(columns, -1).double()


def best_rows(scores: Tensor, boxes: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Select the boxes of the highest scores; rows of zeros where there are fewer.

    Args:
        scores: Scores (B, N), not negative.
        boxes: Boxes (B, N, 4).
        count: Number K of rows.

    Returns:
        Scores (B, K) by falling value, and boxes (B, K, 4).
    """
    scores = F.pad(scores, (0, count))  # a map may have fewer cells
    boxes = F.pad(boxes, (0, 0, 0, count))
    scores, best = scores.topk(count)
    return scores, boxes.gather(1, best[..., None].expand(-1, -1, 4))


def clip_boxes(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Clip boxes (B, N, 4) to an image of (H, W) pixels."""
    height, width = (side_tensor(side, boxes) for side in size)
    limits = torch.stack((width, height, width, height))
    return torch.minimum(boxes.clamp(min=0), limits)
