"""Multi-head self-attention inside windows, with a bias by relative position."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.whole_map import (
    is_small_map,
    whole_map_bias,
    whole_map_layout,
)
from solider_mm.functional.windows import (
    WindowLayout,
    merge_windows,
    partition_windows,
    window_layout,
)

__all__ = ["WindowAttention", "relative_position_index"]


def relative_position_index(window: int) -> Tensor:
    """Row of the bias table for each pair of places in a window.

    Args:
        window: Side of a window, in tokens.

    Returns:
        (window², window²) int64 in [0, (2 · window − 1)²).
    """
    side = torch.arange(window)
    rows, columns = (
        grid.flatten() for grid in torch.meshgrid(side, side, indexing="ij")
    )
    down = rows[:, None] - rows[None, :] + window - 1
    right = columns[:, None] - columns[None, :] + window - 1
    return down * (2 * window - 1) + right


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Scaled dot-product attention with an additive bias.

    The one place where its path is chosen. On the CPU plain products are quicker than
    torch's fused call, whose additive mask takes its slow path (forward and backward:
    1.2 times as long in float32, 1.4 to 2.9 times in bfloat16;
    `benchmarks/attention.py`).

    Args:
        query: (B, heads, nW, Q, D).
        key: (B, heads, nW, K, D).
        value: See key.
        bias: (heads, nW or 1, Q, K).

    Returns:
        (B, heads, nW, Q, D).
    """
    if query.is_cuda:
        return attend_fused(query, key, value, bias)
    logits = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
    # In place: the product does not need its own result for the gradient.
    return logits.add_(bias.to(logits.dtype)).softmax(-1) @ value


def attend_fused(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """`attend` by the fused kernels, which want four dimensions."""
    bias = bias.to(query.dtype).expand(*query.shape[1:4], -1).flatten(0, 1)
    out = F.scaled_dot_product_attention(
        query.flatten(1, 2),
        key.flatten(1, 2),
        value.flatten(1, 2),
        attn_mask=bias[None],
    )  # (B, heads · nW, Q, D)
    return out.view_as(query)


class WindowAttention(nn.Module):
    """Self-attention of the tokens in one window with each other.

    Queries, keys and values are projected on the map and then cut into windows, so
    that padding costs no projection: its key and value are just the bias. A small map
    is not cut at all (`functional.whole_map`).

    Args:
        channels: C.
        num_heads: Divides C.
        window_size: Side of a window, in tokens.
    """

    def __init__(self, channels: int, num_heads: int, window_size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.window_size = window_size
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros((2 * window_size - 1) ** 2, num_heads)
        )
        self.register_buffer(
            "relative_position_index", relative_position_index(window_size)
        )
        self.relative_position_index: Tensor
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, tokens: Tensor, size: tuple[int, int], shift: int = 0) -> Tensor:
        """Attend within windows.

        Args:
            tokens: (B, L, C).
            size: (H, W) of the map, L = H · W.
            shift: Tokens by which the windows are shifted.

        Returns:
            (B, L, C).
        """
        attend_on = (
            self.attend_whole
            if is_small_map(size, self.window_size)
            else self.attend_windows
        )
        out = attend_on(tokens, size, shift)  # (B, heads, L, D)
        return self.proj(out.transpose(1, 2).flatten(2))

    def attend_windows(
        self, tokens: Tensor, size: tuple[int, int], shift: int
    ) -> Tensor:
        """Cut the map into windows: (B, L, C) → (B, heads, L, D)."""
        layout = window_layout(size, self.window_size, shift, tokens.device)
        qkv = self._project(tokens, layout.padded)
        query, key, value = partition_windows(qkv, layout)  # (B, heads, nW, N, D)
        out = attend(query, key, value, self._masked_bias(layout))
        return merge_windows(out, layout)

    def attend_whole(self, tokens: Tensor, size: tuple[int, int], shift: int) -> Tensor:
        """Let the bias part the windows: (B, L, C) → (B, heads, L, D)."""
        layout = whole_map_layout(size, self.window_size, shift, tokens.device)
        qkv = self._project(tokens, layout.padding is not None)
        query, key, value = qkv.unsqueeze(3)  # (B, heads, 1, L or L + 1, D)
        query = query[..., : tokens.shape[1], :]
        bias = whole_map_bias(self.bias(), layout)[:, None]
        return attend(query, key, value, bias).squeeze(2)

    def _project(self, tokens: Tensor, with_padding: bool) -> Tensor:
        """Queries, keys and values (3, B, heads, L, D); padding's as token L."""
        if with_padding:
            tokens = F.pad(tokens, (0, 0, 0, 1))
        qkv = self.qkv(tokens).unflatten(-1, (3, self.num_heads, -1))
        return qkv.permute(2, 0, 3, 1, 4)

    def bias(self) -> Tensor:
        """Bias of every pair of places of a window, (heads, N, N)."""
        index = self.relative_position_index
        bias = self.relative_position_bias_table[index.flatten()]
        return bias.T.reshape(self.num_heads, *index.shape)

    def _masked_bias(self, layout: WindowLayout) -> Tensor:
        """Bias with the mask of a shift, (heads, nW or 1, N, N)."""
        bias = self.bias()[:, None]
        if layout.masks is None or layout.kinds is None:
            return bias
        return (bias + layout.masks)[:, layout.kinds]
