"""One Swin block: window attention and a feed-forward network, each with a shortcut."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from solider_mm.functional.packed_attention import attend_packed
from solider_mm.functional.packed_maps import PackedLayout
from solider_mm.models.layers.copied_layers import copied_linear, layer_norm
from solider_mm.models.layers.window_attention import WindowAttention

__all__ = ["FeedForward", "SwinBlock"]


class FeedForward(nn.Module):
    """Linear, GELU, linear, under OpenMMLab's names (`layers.0.0`, `layers.1`).

    Args:
        channels: Number C of channels.
        ratio: Ratio of the hidden channels to C.
    """

    def __init__(self, channels: int, ratio: int = 4) -> None:
        super().__init__()
        hidden = ratio * channels
        self.layers = nn.Sequential(
            nn.Sequential(nn.Linear(channels, hidden), nn.GELU()),
            nn.Linear(hidden, channels),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Transform tokens (B, L, C) into (B, L, C)."""
        # Two dimensions: a linear layer would reshape three, and its gradients too.
        return self.layers(tokens.flatten(0, 1)).view_as(tokens)


class SwinBlock(nn.Module):
    """Attention in windows, then a feed-forward network.

    Args:
        channels: Number C of channels.
        num_heads: Number of attention heads.
        window_size: Side of a window, in tokens.
        shift: Tokens by which the windows are shifted.
        drop_path: Probability in training that a branch is left out for an image.
    """

    def __init__(
        self,
        channels: int,
        num_heads: int,
        window_size: int,
        shift: int = 0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.shift = shift
        self.norm1 = nn.LayerNorm(channels)
        # OpenMMLab's name of the attention has two levels: `attn.w_msa`.
        self.attn = nn.ModuleDict(
            {"w_msa": WindowAttention(channels, num_heads, window_size)}
        )
        self.norm2 = nn.LayerNorm(channels)
        self.ffn = FeedForward(channels)
        self.drop_path = StochasticDepth(drop_path, mode="row")

    def forward(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Transform the tokens of a map.

        Args:
            tokens: Tokens (B, L, C).
            size: Size (H, W) of the map, L = H · W.

        Returns:
            Tokens (B, L, C).
        """
        attended = self.attn["w_msa"](self.norm1(tokens), size, self.shift)
        tokens = tokens + self.drop_path(attended)
        return tokens + self.drop_path(self.ffn(self.norm2(tokens)))

    def forward_packed(
        self,
        tokens: Tensor,
        layouts: Sequence[PackedLayout],
        position_biases: Sequence[Tensor],
        copies: Mapping[Tensor, Tensor],
        factors: tuple[Tensor, Tensor] | None,
    ) -> Tensor:
        """Transform the tokens of maps of several sizes.

        Args:
            tokens: Packed tokens (T, C).
            layouts: Layout of each group of maps.
            position_biases: Bias of each group; see `attend_packed`.
            copies: Copy of each weight of a linear layer to compute with.
            factors: Factors (T, 1) of both branches, 0 where one is dropped; None
                stands for 1.

        Returns:
            Packed tokens (T, C).
        """
        attention = cast("WindowAttention", self.attn["w_msa"])
        hidden, last = (
            cast("nn.Linear", self.ffn.get_submodule(f"layers.{name}"))
            for name in ("0.0", "1")
        )
        attended = attend_packed(
            layer_norm(tokens, self.norm1),
            copies[attention.qkv.weight],
            copies[attention.qkv.bias],
            layouts,
            position_biases,
        )
        attended = copied_linear(attended, attention.proj, copies)
        tokens = _add_branch(tokens, attended, factors and factors[0])
        features = copied_linear(layer_norm(tokens, self.norm2), hidden, copies)
        features = copied_linear(F.gelu(features), last, copies)
        return _add_branch(tokens, features, factors and factors[1])


def _add_branch(tokens: Tensor, branch: Tensor, factor: Tensor | None) -> Tensor:
    if factor is None:
        return tokens + branch
    return torch.addcmul(tokens, branch, factor)
