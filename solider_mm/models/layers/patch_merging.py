"""Merging of tokens between two stages."""

import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.map_size import ceil_divide, corner_padding, is_symbolic

__all__ = ["PatchMerging"]


class PatchMerging(nn.Module):
    """Merge each 2 × 2 neighborhood into one token of twice the channels.

    With stride 1 the neighborhoods overlap and the map keeps its size, so that dense
    tasks keep the resolution with the same weights.

    Args:
        channels: Channels C of the input; the output has 2C.
        stride: Distance between neighborhoods, 1 or 2.
    """

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(
        self, tokens: Tensor, size: tuple[int, int]
    ) -> tuple[Tensor, tuple[int, int]]:
        """Merge the neighborhoods.

        Args:
            tokens: Tokens (B, H · W, C).
            size: Size (H, W) of the map, which is padded with zeros at the bottom and
                right.

        Returns:
            Tokens (B, H' · W', 2C), and the size (H', W') of their map.
        """
        tokens, size = self.neighborhoods(tokens, size)
        return self.reduction(self.norm(tokens)), size

    def neighborhoods(
        self, tokens: Tensor, size: tuple[int, int]
    ) -> tuple[Tensor, tuple[int, int]]:
        """Put the tokens of each neighborhood together.

        Args:
            tokens: Tokens (B, H · W, C).
            size: Size (H, W) of the map.

        Returns:
            Tokens (B, H' · W', 4C), and the size (H', W') of their map.
        """
        bottom, right = (corner_padding(length, 2, self.stride) for length in size)
        maps = tokens.unflatten(1, size)
        if is_symbolic(size) or bottom or right:
            maps = F.pad(maps, (0, 0, 0, right, 0, bottom))
        if self.stride == 2:  # nothing overlaps: the same blocks without a scatter
            blocks = maps.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))
            blocks = blocks.permute(0, 1, 3, 5, 2, 4)  # (B, H', W', C, 2, 2)
        else:
            blocks = maps.unfold(1, 2, 1).unfold(2, 2, 1)  # (B, H', W', C, 2, 2)
        merged = (ceil_divide(size[0], self.stride), ceil_divide(size[1], self.stride))
        return blocks.flatten(3).flatten(1, 2), merged
