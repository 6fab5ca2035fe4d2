"""Graph of pose estimation: heat maps or SimCC, decoded."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.export.side_tensor import side_tensor
from solider_mm.export.task_graph import Outputs, TaskGraph, scaled_difference

__all__ = ["HeatmapPoseGraph", "SimCCPoseGraph"]

_MARGIN = 1e-3


class HeatmapPoseGraph(TaskGraph):
    """`keypoints` (B, K, 2) as x, y in input pixels, `scores` (B, K), `heatmaps`.

    The image is one person. The mirrored copy of test-time augmentation is left out.

    Args:
        model: mmpose's `TopdownPoseEstimator` with a `HeatmapHead`.

    Raises:
        ValueError: If the heat maps are coded in another way than mmpose's
            `MSRAHeatmap`.
    """

    output_names = ("keypoints", "scores", "heatmaps")

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        codec = self.model.head.decoder
        if type(codec).__name__ != "MSRAHeatmap" or codec.unbiased:
            raise ValueError(
                f"heat maps of {type(codec).__name__} are not decoded here: expected "
                "MSRAHeatmap(unbiased=False)"
            )
        scale = torch.tensor([float(value) for value in codec.scale_factor])
        self.register_buffer("pixels_per_cell", scale)
        self.pixels_per_cell: Tensor

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute keypoints, scores and heat maps; see `TaskGraph`."""
        heatmaps = self.model.head(self.maps(images, semantic_weight))
        cells, scores = decode_heatmaps(heatmaps)
        return cells * self.pixels_per_cell, scores, heatmaps

    def facts(self) -> dict[str, Any]:
        """Number of keypoints."""
        return {"number_of_keypoints": int(self.model.head.out_channels)}

    def differences(self, found: Outputs, expected: Outputs) -> dict[str, float]:
        """Compare; keypoints where the heat map has one clear maximum."""
        flat = expected["heatmaps"].flatten(2)
        best = flat.topk(2).values  # (B, K, 2)
        is_clear = best[..., 0] - best[..., 1] > _MARGIN * flat.abs().max()
        apart = (found["keypoints"] - expected["keypoints"]).abs().amax(-1)
        # Where neighbors are equal, rounding decides about the shift of a quarter.
        allowed = self.pixels_per_cell.max() * 0.5
        result = {
            name: scaled_difference(found[name], expected[name])
            for name in ("scores", "heatmaps")
        }
        return {"keypoints": float(((apart > allowed) & is_clear).sum()), **result}


class SimCCPoseGraph(TaskGraph):
    """`keypoints` (B, K, 2) as x, y in input pixels, and `scores` (B, K).

    Args:
        model: mmpose's `TopdownPoseEstimator` with an `RTMCCHead`.
    """

    output_names = ("keypoints", "scores", "simcc_x", "simcc_y")

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute keypoints, scores and the two codes; see `TaskGraph`."""
        across, down = self.model.head(self.maps(images, semantic_weight))
        (best_x, x), (best_y, y) = across.max(-1), down.max(-1)
        scores = torch.minimum(best_x, best_y)
        cells = torch.stack((x, y), -1).to(scores.dtype)
        cells = torch.where(scores[..., None] > 0, cells, -1.0)
        ratio = float(self.model.head.simcc_split_ratio)
        return cells / ratio, scores, across, down

    def facts(self) -> dict[str, Any]:
        """Number of keypoints."""
        return {"number_of_keypoints": int(self.model.head.out_channels)}

    def differences(self, found: Outputs, expected: Outputs) -> dict[str, float]:
        """Compare scores and codes, of which the keypoints are the maxima."""
        names = ("scores", "simcc_x", "simcc_y")
        return {name: scaled_difference(found[name], expected[name]) for name in names}


def decode_heatmaps(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Find maxima, moved by a quarter of a cell towards the higher neighbor.

    The borders are treated as in mmpose's `refine_keypoints`.

    Args:
        heatmaps: Heat maps (B, K, H, W).

    Returns:
        Keypoints (B, K, 2) as x, y in cells, and scores (B, K). Where the score is not
        positive, a keypoint is at (−1, −1).
    """
    rows, columns = heatmaps.shape[2:]
    best_of_rows = heatmaps.amax(3)  # (B, K, H)
    scores, y = best_of_rows.max(2)  # (B, K)
    row = _select(heatmaps, y)  # (B, K, W)
    x = row.argmax(2)
    column = _select(heatmaps.transpose(2, 3), x)  # (B, K, H)
    # The sizes as tensors, since they may be symbols.
    last_x, last_y = (side_tensor(side, x) - 1 for side in (columns, rows))
    inner_x = (x > 1) & (x < last_x) & (y > 0)
    inner_y = (y > 1) & (y < last_y) & (x > 0)
    right = torch.where(inner_x, _slope(row, x), 0.0).sign()
    down = torch.where(inner_y, _slope(column, y), 0.0).sign()
    cells = torch.stack((x + 0.25 * right, y + 0.25 * down), -1).to(scores.dtype)
    return torch.where(scores[..., None] > 0, cells, -1.0), scores


def _select(maps: Tensor, row: Tensor) -> Tensor:
    """Row (B, K) of maps (B, K, H, W): (B, K, W)."""
    index = row[..., None, None].expand(-1, -1, 1, maps.shape[3])
    return maps.gather(2, index).squeeze(2)


def _slope(line: Tensor, place: Tensor) -> Tensor:
    """Value after a place minus the value before it, zeros outside: (B, K)."""
    padded = F.pad(line, (1, 1))
    after, before = (padded.gather(2, place[..., None] + i) for i in (2, 0))
    return (after - before).squeeze(2)
