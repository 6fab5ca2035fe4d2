"""CE2P head: parsing with context, edges and the fusion of both."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from mmcv.cnn import ConvModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import accuracy
from mmseg.registry import MODELS as MMSEG_MODELS
from mmseg.structures import SegDataSample
from torch import Tensor

from solider_mm.downstream.human_parsing.ce2p_branches import (
    ContextBranch,
    DecoderBranch,
    EdgeBranch,
    upsample,
)
from solider_mm.downstream.human_parsing.soft_targets import (
    SoftTargetLoss,
    SoftTargets,
    soft_targets,
)
from solider_mm.registry import MODELS

__all__ = ["CE2PHead", "CE2PLogits"]

CROSS_ENTROPY = {"type": "CrossEntropyLoss", "avg_non_ignore": True, "loss_weight": 0.5}
LOVASZ = {"type": "LovaszLoss", "reduction": "none", "loss_weight": 0.5}
EDGE = {"type": "solider_mm.BalancedEdgeLoss", "loss_weight": 1.0}


class CE2PLogits(NamedTuple):
    """Logits at the resolution of the first map.

    Attributes:
        parsing: Parsing logits of the decoder, (B, classes, H, W).
        fusion: Parsing logits with edges fused in, (B, classes, H, W); the prediction.
        edge: Logits of no edge and edge, (B, 2, H, W).
    """

    parsing: Tensor
    fusion: Tensor
    edge: Tensor


@MODELS.register_module()
class CE2PHead(BaseDecodeHead):
    """Context, decoder, edge and fusion branches on the maps of a backbone.

    Training needs label and edge maps: put mmseg's `GenerateEdge` after the last
    geometric transform. If samples carry soft targets (`SelfCorrectionHook`),
    `SoftTargetLoss` of the same weight replaces `loss_decode` and `loss_edge`; the
    Lovász loss keeps using the labels.

    Args:
        in_channels: Channels of each map. Context is computed from the last map, edges
            from the others.
        num_classes: Number of classes, background included.
        channels: Channels of the decoder and of the fused features.
        context_channels: Channels of the context.
        skip_channels: Channels to which the decoder reduces the first map.
        edge_channels: Channels to which the edge branch reduces each of its maps.
        pool_scales: Sides of the pooled maps of the pyramid pooling.
        loss_decode: Loss of both parsing outputs, mmseg's `CrossEntropyLoss`.
        loss_region: Loss of both parsing outputs in all cycles, mmseg's `LovaszLoss`.
        loss_edge: Loss of the edges.
        ignored_becomes_background: Whether ignored pixels count as background in the
            self-correction cycles, as in the released code (docs/reference.md §H5).
        **kwargs: Arguments of mmseg's `BaseDecodeHead`.

    Raises:
        ValueError: If there are fewer than two maps.

    Source:
        docs/reference.md §8.1, §8.2, without the consistency term, which is always 0
        (docs/reference.md §H4).
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        in_channels: Sequence[int],
        num_classes: int,
        channels: int = 256,
        context_channels: int = 512,
        skip_channels: int = 48,
        edge_channels: int = 192,
        pool_scales: Sequence[int] = (1, 2, 3, 6),
        loss_decode: dict[str, Any] = CROSS_ENTROPY,
        loss_region: dict[str, Any] = LOVASZ,
        loss_edge: dict[str, Any] = EDGE,
        ignored_becomes_background: bool = False,
        **kwargs: Any,
    ) -> None:
        if len(in_channels) < 2:
            raise ValueError(
                f"in_channels={tuple(in_channels)}: expected two maps or more for "
                "CE2P; set out_indices of the backbone accordingly."
            )
        super().__init__(
            list(in_channels),
            channels,
            num_classes=num_classes,
            in_index=list(range(len(in_channels))),
            input_transform="multiple_select",
            align_corners=True,
            loss_decode=loss_decode,
            **kwargs,
        )
        norm_cfg = self.norm_cfg
        self.context = ContextBranch(
            in_channels[-1], context_channels, pool_scales, norm_cfg
        )
        self.decoder = DecoderBranch(
            context_channels,
            in_channels[0],
            skip_channels,
            channels,
            num_classes,
            norm_cfg,
        )
        self.edge = EdgeBranch(in_channels[:-1], edge_channels, norm_cfg)
        width = channels + edge_channels * (len(in_channels) - 1)
        self.fuse = ConvModule(width, channels, 1, norm_cfg=norm_cfg)
        self.loss_region = MMSEG_MODELS.build(dict(loss_region))
        self.loss_edge = MMSEG_MODELS.build(dict(loss_edge))
        self.loss_soft = SoftTargetLoss(self.loss_decode.loss_weight)
        self.loss_soft_edge = SoftTargetLoss(self.loss_edge.loss_weight)
        self.ignored_becomes_background = ignored_becomes_background

    def forward(self, inputs: Sequence[Tensor]) -> CE2PLogits:
        """Compute the logits of all branches.

        Args:
            inputs: Maps of the backbone, (B, C_i, H_i, W_i).

        Returns:
            Parsing, fusion and edge logits.
        """
        maps = self._transform_inputs(inputs)
        parsing, features = self.decoder(self.context(maps[-1]), maps[0])
        edge, edge_features = self.edge(maps[:-1])
        fused = self.fuse(torch.cat([features, edge_features], dim=1))
        return CE2PLogits(parsing, self.cls_seg(fused), edge)

    def predict(
        self,
        inputs: Sequence[Tensor],
        batch_img_metas: list[dict[str, Any]],
        test_cfg: Any,
    ) -> Tensor:
        """Compute the logits of the fusion branch at the input size.

        Args:
            inputs: Maps of the backbone.
            batch_img_metas: Image metadata; `pad_shape` or `img_shape` is the size.
            test_cfg: Test config, not used.

        Returns:
            Logits (B, classes, H, W).
        """
        del test_cfg
        return self.predict_by_feat(self(inputs).fusion, batch_img_metas)

    def loss_by_feat(
        self, seg_logits: CE2PLogits, batch_data_samples: list[SegDataSample]
    ) -> dict[str, Tensor]:
        """Compute the losses of all outputs at the resolution of the labels.

        Args:
            seg_logits: Logits of `forward`.
            batch_data_samples: Samples with label and edge maps and, in
                self-correction cycles, soft targets.

        Returns:
            Five losses, and the accuracy of the fusion branch in percent.

        Raises:
            ValueError: If the samples have no edge map.
        """
        labels = self._stack_batch_gt(batch_data_samples).squeeze(1)  # (B, H, W)
        edges = _edge_maps(batch_data_samples)  # (B, H, W)
        size = labels.shape[1:]
        wide = CE2PLogits(*(upsample(one.float(), size) for one in seg_logits))
        soft = soft_targets(batch_data_samples)
        if soft is None:
            losses = self._label_losses(wide, labels, edges)
        else:
            losses = self._soft_losses(wide, labels, edges, soft)
        losses["acc_seg"] = accuracy(
            wide.fusion, labels, ignore_index=self.ignore_index
        )
        return losses

    def _label_losses(
        self, wide: CE2PLogits, labels: Tensor, edges: Tensor
    ) -> dict[str, Tensor]:
        losses = {"loss_edge": self.loss_edge(wide.edge, edges, self.ignore_index)}
        for name, one in (("parsing", wide.parsing), ("fusion", wide.fusion)):
            losses[f"loss_ce_{name}"] = self.loss_decode(
                one, labels, ignore_index=self.ignore_index
            )
            losses[f"loss_lovasz_{name}"] = self._lovasz(one, labels)
        return losses

    def _soft_losses(
        self, wide: CE2PLogits, labels: Tensor, edges: Tensor, soft: SoftTargets
    ) -> dict[str, Tensor]:
        valid = labels != self.ignore_index
        soft_labels = labels
        if self.ignored_becomes_background:
            soft_labels = labels.where(valid, 0)
            valid = torch.ones_like(valid)
        size, cycles = labels.shape[1:], soft.finished_cycles
        teacher = upsample(soft.parsing.float(), size)
        teacher_edge = upsample(soft.edge.float(), size)
        losses = {
            "loss_edge": self.loss_soft_edge(
                wide.edge, teacher_edge, edges, valid, cycles
            ),
            "loss_lovasz_parsing": self._lovasz(wide.parsing, labels),
            "loss_lovasz_fusion": self._lovasz(wide.fusion, soft_labels),
        }
        for name, one in (("parsing", wide.parsing), ("fusion", wide.fusion)):
            losses[f"loss_soft_{name}"] = self.loss_soft(
                one, teacher, soft_labels, valid, cycles
            )
        return losses

    def _lovasz(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the Lovász loss; 0 without a valid pixel (mmseg: empty)."""
        return self.loss_region(logits, labels, ignore_index=self.ignore_index).sum()


def _edge_maps(samples: list[SegDataSample]) -> Tensor:
    if any("gt_edge_map" not in sample for sample in samples):
        raise ValueError(
            "the samples have no gt_edge_map: add dict(type='GenerateEdge') to the "
            "training pipeline after the last geometric transform."
        )
    return torch.cat([sample.gt_edge_map.data for sample in samples])
