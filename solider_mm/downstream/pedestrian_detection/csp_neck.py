"""CSP neck: upsample backbone maps to one stride and concatenate them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmdet.models.necks.ssd_neck import L2Norm
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["CSPNeck"]

# Stride of the transposed convolution to (kernel, padding).
_UPSAMPLING = {1: (3, 1), 2: (4, 1), 4: (4, 0)}


@MODELS.register_module()
class CSPNeck(BaseModule):
    """Upsample each map by a transposed convolution, L2-normalize, concatenate.

    Args:
        in_channels: Channels of the backbone's maps.
        in_strides: Strides of the same maps, in pixels.
        out_channels: Channels of each map after its convolution.
        out_stride: Stride of the output, in pixels.
        l2_scale: Initial norm of a normalized cell; learned per channel.
        init_cfg: Initialization config of mmengine.

    Raises:
        ValueError: If a stride is not one, two or four times `out_stride`.

    Source:
        docs/reference.md §7.1. Weights keep torch's default initialization, as in the
        released code (docs/reference.md §D7).
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
                "differ in length: give one of each per backbone map."
            )
        self.upsampling = nn.ModuleList(
            _transposed_convolution(channels, out_channels, stride, out_stride)
            for channels, stride in zip(in_channels, in_strides, strict=True)
        )
        self.norms = nn.ModuleList(L2Norm(out_channels) for _ in in_channels)
        for weight in self.norms.parameters():
            nn.init.constant_(weight, l2_scale)  # L2Norm does not set it

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor]:
        """Upsample, normalize and concatenate the maps.

        Args:
            inputs: M maps (B, C_i, H_i, W_i), one for each of `in_channels`.

        Returns:
            One map (B, M·out_channels, h, w). If the image size is not a multiple of
            the strides, all maps are cropped to the smallest one.

        Raises:
            ValueError: If the number of maps differs from `in_channels`.
        """
        if len(inputs) != len(self.upsampling):
            raise ValueError(
                f"got {len(inputs)} maps, expected {len(self.upsampling)}: match "
                "in_channels of the neck with out_indices of the backbone."
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
            f"in_stride is {in_stride}, expected 1, 2 or 4 times "
            f"out_stride={out_stride}: choose other maps or another out_stride."
        )
    kernel, padding = _UPSAMPLING[factor]
    return nn.ConvTranspose2d(
        in_channels, out_channels, kernel, stride=factor, padding=padding
    )
