"""From pixels to the first tokens."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["PatchEmbed"]


class PatchEmbed(nn.Module):
    """One token per patch of the image, normalized.

    Args:
        in_channels: Of the image.
        channels: Of a token.
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
            images: (B, in_channels, H, W); padded with zeros at the bottom and right
                to whole patches.

        Returns:
            Tokens (B, L, C) in row-major order and the size (H', W') of their map.
        """
        height, width = images.shape[-2:]
        bottom = corner_padding(height, self.patch_size, self.stride)
        right = corner_padding(width, self.patch_size, self.stride)
        if bottom or right:
            images = F.pad(images, (0, right, 0, bottom))
        patches = self.projection(images)  # (B, C, H', W')
        size = (patches.shape[-2], patches.shape[-1])
        return self.norm(patches.flatten(2).transpose(1, 2)), size


def corner_padding(length: int, kernel: int, stride: int) -> int:
    """Rows to add so that a kernel starts at every multiple of the stride.

    Args:
        length: Rows (or columns) of the input.
        kernel: Rows of the kernel.
        stride: Distance between kernels.

    Returns:
        Rows to add at the end, at least 0.
    """
    return max((-(-length // stride) - 1) * stride + kernel - length, 0)
