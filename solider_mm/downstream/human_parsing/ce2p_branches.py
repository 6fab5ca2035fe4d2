"""The branches of CE2P: context, decoder and edge.

Source: docs/reference.md §8.1. All interpolation uses `align_corners=True`.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.models.decode_heads.psp_head import PPM
from mmseg.models.utils import resize
from torch import Tensor, nn

__all__ = ["ContextBranch", "DecoderBranch", "EdgeBranch", "upsample"]

NormCfg = dict[str, Any] | None


def upsample(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Bilinear resize with aligned corners.

    Args:
        maps: Maps (B, C, h, w).
        size: Output size (H, W).

    Returns:
        Resized maps (B, C, H, W).
    """
    return resize(
        maps, size=tuple(size), mode="bilinear", align_corners=True, warning=False
    )


class ContextBranch(BaseModule):
    """Pyramid pooling over the last map.

    Args:
        in_channels: Channels of the last map.
        channels: Channels of each pooled map and of the output.
        pool_scales: Sides of the pooled maps.
        norm_cfg: Config of the normalization layers.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        pool_scales: Sequence[int],
        norm_cfg: NormCfg,
    ) -> None:
        super().__init__()
        self.pyramid = PPM(
            pool_scales,
            in_channels,
            channels,
            conv_cfg=None,
            norm_cfg=norm_cfg,
            act_cfg={"type": "ReLU"},
            align_corners=True,
        )
        width = in_channels + len(pool_scales) * channels
        self.bottleneck = ConvModule(width, channels, 3, padding=1, norm_cfg=norm_cfg)

    def forward(self, last: Tensor) -> Tensor:
        """Pool the last map (B, C, h, w) into (B, channels, h, w)."""
        return self.bottleneck(torch.cat([last, *self.pyramid(last)], dim=1))


class DecoderBranch(BaseModule):
    """Decoder: upsampled context combined with the first map.

    Args:
        context_channels: Channels of the context.
        in_channels: Channels of the first map.
        skip_channels: Channels to which the first map is reduced.
        channels: Channels of the output features.
        num_classes: Number of classes of the parsing logits.
        norm_cfg: Config of the normalization layers.
    """

    def __init__(
        self,
        context_channels: int,
        in_channels: int,
        skip_channels: int,
        channels: int,
        num_classes: int,
        norm_cfg: NormCfg,
    ) -> None:
        super().__init__()
        self.reduce = ConvModule(context_channels, channels, 1, norm_cfg=norm_cfg)
        self.skip = ConvModule(in_channels, skip_channels, 1, norm_cfg=norm_cfg)
        self.mix = nn.Sequential(
            ConvModule(channels + skip_channels, channels, 1, norm_cfg=norm_cfg),
            ConvModule(channels, channels, 1, norm_cfg=norm_cfg),
        )
        self.classify = nn.Conv2d(channels, num_classes, 1)

    def forward(self, context: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Decode the context at the resolution of the first map.

        Args:
            context: Context (B, C, h, w).
            first: First map (B, C', H, W).

        Returns:
            Logits (B, classes, H, W) and features (B, channels, H, W).
        """
        size = first.shape[2:]
        wide = upsample(self.reduce(context), size)  # (B, channels, H, W)
        features = self.mix(torch.cat([wide, self.skip(first)], dim=1))
        return self.classify(features), features


class EdgeBranch(BaseModule):
    """Detection of edges between parts from all maps except the last.

    Args:
        in_channels: Channels of these maps.
        channels: Channels to which each map is reduced.
        norm_cfg: Config of the normalization layers.
    """

    def __init__(
        self, in_channels: Sequence[int], channels: int, norm_cfg: NormCfg
    ) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(
            ConvModule(width, channels, 1, norm_cfg=norm_cfg) for width in in_channels
        )
        self.detect = nn.Conv2d(channels, 2, 3, padding=1)  # shared by all maps
        self.classify = nn.Conv2d(2 * len(in_channels), 2, 1)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Detect edges at the resolution of the first map.

        Args:
            maps: Maps (B, C_i, H_i, W_i).

        Returns:
            Logits (B, 2, H_0, W_0) of no edge and edge, and features
            (B, maps · channels, H_0, W_0).
        """
        size = maps[0].shape[2:]
        reduced = [
            cast(Tensor, reduce(one))
            for reduce, one in zip(self.reduce, maps, strict=True)
        ]
        edges = torch.cat([upsample(self.detect(one), size) for one in reduced], dim=1)
        features = torch.cat([upsample(one, size) for one in reduced], dim=1)
        return self.classify(edges), features
