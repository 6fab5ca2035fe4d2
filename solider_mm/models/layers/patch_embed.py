"""Embedding of image patches as tokens."""

import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.map_size import corner_padding, is_symbolic, map_size

__all__ = ["PatchEmbed"]


class PatchEmbed(nn.Module):
    """One token per patch of the image, normalized.

    Args:
        in_channels: Number of channels of the image.
        channels: Number of channels of a token.
        patch_size: Side of a patch, in pixels.
        stride: Distance between patches, in pixels.
    """

    def __init__(
        self, in_channels: int, channels: int, patch_size: int, stride: int
    ) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.stride = stride
        self.projection = nn.Conv2d(in_channels, channels, patch_size, stride)
        self.norm = nn.LayerNorm(channels)

    def forward(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Embed the patches.

        Args:
            images: Images (B, in_channels, H, W); padded with zeros at the bottom and
                right to whole patches.

        Returns:
            Tokens (B, L, C) in row-major order, and the size (H', W') of their map.
        """
        size = map_size(images)
        bottom, right = (
            corner_padding(side, self.patch_size, self.stride) for side in size
        )
        if is_symbolic(size) or bottom or right:
            images = F.pad(images, (0, right, 0, bottom))
        patches = self.projection(images)  # (B, C, H', W')
        return self.norm(patches.flatten(2).transpose(1, 2)), map_size(patches)
