"""One stage of Swin: blocks on one map size, then the merging to the next size."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from solider_mm.functional.layout_cache import cached_layout
from solider_mm.functional.packed_maps import PackedMaps, packed_layouts
from solider_mm.functional.position_bias import position_biases
from solider_mm.models.layers.patch_merging import PatchMerging
from solider_mm.models.layers.swin_block import SwinBlock
from solider_mm.models.layers.window_attention import WindowAttention

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

    def forward_packed(
        self, tokens: Tensor, maps: PackedMaps, copies: Mapping[Tensor, Tensor]
    ) -> Tensor:
        """Run the blocks on maps of several sizes.

        Args:
            tokens: Packed tokens (T, C).
            maps: Order of the tokens.
            copies: Copy of each weight of a linear layer to compute with.

        Returns:
            Packed tokens (T, C).
        """
        blocks = cast("list[SwinBlock]", list(self.blocks))
        attentions = [cast("WindowAttention", block.attn["w_msa"]) for block in blocks]
        window = attentions[0].window_size
        biases = position_biases(
            [attention.relative_position_bias_table for attention in attentions],
            [group.size for group in maps.groups],
            window,
            [block.shift for block in blocks],
            copies[attentions[0].qkv.weight].dtype,
        )
        factors = self._branch_factors(tokens, maps)
        recompute = self.with_cp and torch.is_grad_enabled()
        for block, bias, pair in zip(blocks, biases, factors, strict=True):
            layouts = packed_layouts(maps, window, block.shift, tokens.device)
            args = (tokens, layouts, bias, copies, pair)
            if recompute:
                tokens = checkpoint(block.forward_packed, *args, use_reentrant=False)
            else:
                tokens = block.forward_packed(*args)
        return tokens

    def _branch_factors(
        self, tokens: Tensor, maps: PackedMaps
    ) -> list[tuple[Tensor, Tensor] | None]:
        """Factors (T, 1) of the two branches of each block, sampled together."""
        blocks = cast("list[SwinBlock]", list(self.blocks))
        rates = [block.drop_path.p for block in blocks]
        if not self.training or not any(rates):
            return [None] * len(rates)
        keep = 1 - _drop_rates(tuple(rates), tokens.device)  # (blocks, 1, 1)
        count = sum(group.count for group in maps.groups)
        sampled = torch.rand(len(rates), 2, count, device=tokens.device) < keep
        factors = (sampled / keep).to(tokens.dtype)
        factors = factors.index_select(2, maps.map_of_token(tokens.device))
        return [
            cast("tuple[Tensor, Tensor]", pair.unbind(0))
            for pair in factors.unsqueeze(3).unbind(0)
        ]


@cached_layout
def _drop_rates(rates: tuple[float, ...], device: torch.device) -> Tensor:
    """Drop rates (blocks, 1, 1) on a device: copied there once."""
    return torch.tensor(rates, device=device).view(-1, 1, 1)
