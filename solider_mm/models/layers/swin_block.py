"""One Swin block: window attention and a feed-forward network, each with a shortcut."""

from torch import Tensor, nn
from torchvision.ops import StochasticDepth

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
