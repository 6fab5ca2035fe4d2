"""One stage of Swin: blocks on one map size, then the merging to the next size."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from solider_mm.models.layers.patch_merging import PatchMerging
from solider_mm.models.layers.swin_block import SwinBlock

__all__ = ["SwinStage"]


class SwinStage(nn.Module):
    """Blocks with alternating plain and shifted windows.

    Args:
        channels: Number C of channels.
        num_heads: Number of attention heads.
        window_size: Side of a window, in tokens.
        drop_paths: Drop rate of each block; their number is the depth.
        merge_stride: Stride of the merging after the blocks; None leaves it out.
        with_cp: Recompute the blocks in the backward pass to save memory.
    """

    def __init__(
        self,
        channels: int,
        num_heads: int,
        window_size: int,
        drop_paths: Sequence[float],
        *,
        merge_stride: int | None,
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels,
                num_heads,
                window_size,
                shift=window_size // 2 if i % 2 else 0,
                drop_path=drop_path,
            )
            for i, drop_path in enumerate(drop_paths)
        )
        self.downsample = (
            None if merge_stride is None else PatchMerging(channels, merge_stride)
        )

    def forward(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Run the blocks; the backbone calls the merging after the output.

        Args:
            tokens: Tokens (B, L, C).
            size: Size (H, W) of the map, L = H · W.

        Returns:
            Tokens (B, L, C).
        """
        recompute = self.with_cp and torch.is_grad_enabled()
        for block in self.blocks:
            if recompute:
                tokens = checkpoint(block, tokens, size, use_reentrant=False)
            else:
                tokens = block(tokens, size)
        return tokens
