"""CSP head: detect people as center, scale and offset."""

from typing import Any

import torch
from mmcv.cnn import ConvModule, Scale
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor, nn

from solider_mm.downstream.pedestrian_detection.csp_losses import (
    center_loss,
    offset_loss,
    scale_loss,
)
from solider_mm.downstream.pedestrian_detection.csp_targets import (
    BatchBoxes,
    csp_targets,
)
from solider_mm.registry import MODELS

__all__ = ["CSPHead"]

_INIT_CFG = {
    "type": "Normal",
    "layer": "Conv2d",
    "std": 0.01,
    "override": {
        "type": "Normal",
        "name": "predict_center",
        "std": 0.01,
        "bias_prob": 0.01,
    },
}


@MODELS.register_module()
class CSPHead(BaseDenseHead):
    """Center and Scale Prediction (CSP) on a single feature map.

    Three branches of 3×3 convolutions with group normalization predict, for every
    cell, the logit that it contains a person's center, ln (height, width) in cells,
    and the offset (dy, dx) of the center from the middle of the cell. Used with
    mmdet's `SingleStageDetector`.

    Args:
        in_channels: Channels of the neck's map.
        feat_channels: Channels of each branch.
        stride: Pixels per cell of the map.
        stacked_convs: Number of convolutions of a branch before its prediction.
        num_groups: Groups of the group normalization.
        scale_radius: Distance in cells from a center within which the scale is learned.
        center_weight: Weight of `loss_center`.
        scale_weight: Weight of `loss_scale`.
        offset_weight: Weight of `loss_offset`.
        train_cfg: Training config, given by the detector and not used.
        test_cfg: Test config of mmdet with `score_thr`, `nms_pre`, `nms` and
            `max_per_img`.
        init_cfg: Initialization config of mmengine.

    Source:
        docs/reference.md §7.1, §7.2.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        in_channels: int = 768,
        feat_channels: int = 256,
        stride: int = 4,
        stacked_convs: int = 1,
        num_groups: int = 32,
        scale_radius: int = 2,
        center_weight: float = 0.01,
        scale_weight: float = 1.0,
        offset_weight: float = 0.1,
        train_cfg: ConfigDict | None = None,
        test_cfg: ConfigDict | None = None,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = _INIT_CFG,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.stride = stride
        self.scale_radius = scale_radius
        self.center_weight = center_weight
        self.scale_weight = scale_weight
        self.offset_weight = offset_weight
        self.train_cfg = train_cfg
        self.test_cfg = test_cfg

        def branch() -> nn.Sequential:
            return _branch(in_channels, feat_channels, stacked_convs, num_groups)

        self.center_branch, self.scale_branch, self.offset_branch = (
            branch() for _ in range(3)
        )
        self.predict_center = nn.Conv2d(feat_channels, 1, 3, padding=1)
        self.predict_scale = nn.Conv2d(feat_channels, 2, 3, padding=1)
        self.predict_offset = nn.Conv2d(feat_channels, 2, 3, padding=1)
        self.scale_of_scale = Scale(1.0)
        self.scale_of_offset = Scale(1.0)

    def forward(self, x: tuple[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the three maps.

        Args:
            x: One map (B, C, h, w).

        Returns:
            Center logits (B, 1, h, w), scale (B, 2, h, w) and offset (B, 2, h, w).

        Raises:
            ValueError: If there is not exactly one map.
        """
        if len(x) != 1:
            raise ValueError(
                f"got {len(x)} maps, expected one: use CSPNeck before this head."
            )
        feature = x[0]
        return (
            self.predict_center(self.center_branch(feature)),
            self.scale_of_scale(self.predict_scale(self.scale_branch(feature))),
            self.scale_of_offset(self.predict_offset(self.offset_branch(feature))),
        )

    def loss_by_feat(
        self,
        logits: Tensor,
        scale: Tensor,
        offset: Tensor,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict[str, Any]],  # noqa: ARG002
        batch_gt_instances_ignore: list[InstanceData | None] | None = None,
    ) -> dict[str, Tensor]:
        """Compute the losses of the maps of `forward`.

        Args:
            logits: Center logits, (B, 1, h, w).
            scale: Predicted scale, (B, 2, h, w).
            offset: Predicted offset, (B, 2, h, w).
            batch_gt_instances: Instances of each image with `bboxes` (N_i, 4).
            batch_img_metas: Image metadata, not used.
            batch_gt_instances_ignore: Ignore regions of each image with `bboxes`.

        Returns:
            Weighted `loss_center`, `loss_scale` and `loss_offset`.
        """
        no_boxes = logits.new_zeros(0, 4)
        ignored = batch_gt_instances_ignore or [None] * len(batch_gt_instances)
        targets = csp_targets(
            BatchBoxes.of([people.bboxes for people in batch_gt_instances]),
            BatchBoxes.of([no_boxes if i is None else i.bboxes for i in ignored]),
            shape=(logits.shape[0], *logits.shape[2:]),
            stride=self.stride,
            radius=self.scale_radius,
        )
        return {
            "loss_center": self.center_weight * center_loss(logits, targets),
            "loss_scale": self.scale_weight * scale_loss(scale, targets),
            "loss_offset": self.offset_weight * offset_loss(offset, targets),
        }

    def predict_by_feat(
        self,
        logits: Tensor,
        scale: Tensor,
        offset: Tensor,
        batch_img_metas: list[dict[str, Any]],
        cfg: ConfigDict | None = None,
        rescale: bool = False,
        with_nms: bool = True,
    ) -> list[InstanceData]:
        """Decode the maps of `forward` into detections.

        Args:
            logits: Center logits, (B, 1, h, w).
            scale: Predicted scale, (B, 2, h, w).
            offset: Predicted offset, (B, 2, h, w).
            batch_img_metas: Image metadata with `img_shape` and, to rescale,
                `scale_factor`.
            cfg: Test config that replaces `test_cfg`.
            rescale: Whether to return boxes in pixels of the original image.
            with_nms: Whether to apply non-maximum suppression.

        Returns:
            Detections of each image by falling score: `bboxes` (D, 4), `scores` (D,)
            and `labels` (D,).
        """
        cfg = cfg or self.test_cfg or ConfigDict()
        scores = logits.float().sigmoid().flatten(1)  # (B, h·w)
        boxes = self._decode(scale.float(), offset.float())  # (B, h·w, 4)
        count = min(cfg.get("nms_pre", 1000), scores.shape[1])
        scores, best = scores.topk(count)  # (B, count)
        boxes = boxes.gather(1, best[:, :, None].expand(-1, -1, 4))
        results = []
        for score, box, meta in zip(scores, boxes, batch_img_metas, strict=True):
            kept = score > cfg.get("score_thr", 0.01)
            found = InstanceData(scores=score[kept], bboxes=_clip(box[kept], meta))
            found.labels = torch.zeros_like(found.scores, dtype=torch.int64)
            results.append(
                self._bbox_post_process(found, cfg, rescale, with_nms, img_meta=meta)
            )
        return results

    def _decode(self, scale: Tensor, offset: Tensor) -> Tensor:
        """Compute the boxes of all cells in input pixels, (B, h·w, 4)."""
        height, width = scale.shape[2:]
        y = torch.arange(height, device=scale.device)[:, None] + 0.5 + offset[:, 0]
        x = torch.arange(width, device=scale.device) + 0.5 + offset[:, 1]
        half_height, half_width = (scale.exp() / 2).unbind(1)
        sides = [x - half_width, y - half_height, x + half_width, y + half_height]
        return torch.stack(sides, dim=-1).flatten(1, 2) * self.stride


def _branch(
    in_channels: int, out_channels: int, depth: int, num_groups: int
) -> nn.Sequential:
    norm_cfg = {"type": "GN", "num_groups": num_groups}
    return nn.Sequential(
        *(
            ConvModule(
                out_channels if i else in_channels,
                out_channels,
                3,
                padding=1,
                norm_cfg=norm_cfg,
            )
            for i in range(depth)
        )
    )


def _clip(boxes: Tensor, meta: dict[str, Any]) -> Tensor:
    height, width = meta["img_shape"][:2]
    x = boxes[:, 0::2].clamp(0, width)
    y = boxes[:, 1::2].clamp(0, height)
    return torch.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], dim=1)
