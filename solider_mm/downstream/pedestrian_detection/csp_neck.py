"""Bring backbone maps of several strides to one, and join them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmdet.models.necks.ssd_neck import L2Norm
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["CSPNeck"]

# (kernel, padding) of the transposed convolution by its stride.
_UPSAMPLING = {1: (3, 1), 2: (4, 1), 4: (4, 0)}


@MODELS.register_module()
class CSPNeck(BaseModule):
    """Transposed convolutions to one stride, each map L2-normalized per cell, joined.

    Args:
        in_channels: Of the backbone's maps.
        in_strides: Of the same maps, in pixels.
        out_channels: Of each map after its convolution; all are concatenated.
        out_stride: Of the result, in pixels.
        l2_scale: First length of a normalized cell; learned per channel.
        init_cfg: mmengine's.

    Raises:
        ValueError: If a stride is not one, two or four times `out_stride`.

    Source:
        docs/reference.md §7.1; weights start as torch initializes them (docs/reference.md §D7).
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        in_strides: Sequence[int] = (8, 16, 16),
        out_channels: int = 256,
        out_stride: int = 4,
        l2_scale: float = 10.0,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if len(in_channels) != len(in_strides):
            raise ValueError(
                f"in_channels {tuple(in_channels)} and in_strides {tuple(in_strides)} "
                "differ in length; give one of each per map of the backbone."
            )
        self.upsampling = nn.ModuleList(
            _transposed_convolution(channels, out_channels, stride, out_stride)
            for channels, stride in zip(in_channels, in_strides, strict=True)
        )
        self.norms = nn.ModuleList(L2Norm(out_channels) for _ in in_channels)
        for weight in self.norms.parameters():
            nn.init.constant_(weight, l2_scale)  # L2Norm itself leaves it unset

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor]:
        """Join the maps.

        Args:
            inputs: Maps ``(B, C_i, H_i, W_i)``, as many as `in_channels`.

        Returns:
            One map ``(B, M·out_channels, h, w)``. If the image is no multiple of the
            strides, upsampled maps differ by some cells: all are cut to the smallest.

        Raises:
            ValueError: If the number of maps does not fit.
        """
        if len(inputs) != len(self.upsampling):
            raise ValueError(
                f"{len(inputs)} maps were given, expected {len(self.upsampling)}; let "
                "in_channels of the neck follow out_indices of the backbone."
            )
        maps = [
            norm(layer(x))
            for x, layer, norm in zip(inputs, self.upsampling, self.norms, strict=True)
        ]
        height = min(x.shape[2] for x in maps)
        width = min(x.shape[3] for x in maps)
        return (torch.cat([x[:, :, :height, :width] for x in maps], dim=1),)


def _transposed_convolution(
    in_channels: int, out_channels: int, in_stride: int, out_stride: int
) -> nn.ConvTranspose2d:
    factor, rest = divmod(in_stride, out_stride)
    if rest or factor not in _UPSAMPLING:
        raise ValueError(
            f"a map of stride {in_stride} cannot be brought to stride {out_stride}; "
            "expected one, two or four times as much: choose other maps or out_stride."
        )
    kernel, padding = _UPSAMPLING[factor]
    return nn.ConvTranspose2d(
        in_channels, out_channels, kernel, stride=factor, padding=padding
    )
