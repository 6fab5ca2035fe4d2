"""Multi-head self-attention inside windows, with a bias by relative position."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.attention import attend
from solider_mm.functional.map_size import is_symbolic
from solider_mm.functional.position_bias import relative_position_index
from solider_mm.functional.symbolic_windows import (
    cut_windows,
    join_windows,
    shift_mask,
)
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


class WindowAttention(nn.Module):
    """Self-attention between the tokens of each window.

    Queries, keys and values are projected on the map and then cut into windows, so
    that padding costs no projection: its key and value are the bias. A small map is
    not cut at all (`functional.whole_map`). An export with dynamic height and width
    computes the windows from symbols (`functional.symbolic_windows`).

    Args:
        channels: Number C of channels.
        num_heads: Number of heads; it divides C.
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
            tokens: Tokens (B, L, C).
            size: Size (H, W) of the map, L = H · W.
            shift: Tokens by which the windows are shifted.

        Returns:
            Tokens (B, L, C).
        """
        if is_symbolic(size):
            out = self.attend_symbolic(tokens, size, shift)
        elif is_small_map(size, self.window_size):
            out = self.attend_whole(tokens, size, shift)
        else:
            out = self.attend_windows(tokens, size, shift)  # (B, heads, L, D)
        # Two dimensions: a linear layer would reshape three, and its gradients too.
        out = self.proj(out.transpose(1, 2).flatten(2).flatten(0, 1))
        return out.view_as(tokens)

    def attend_windows(
        self, tokens: Tensor, size: tuple[int, int], shift: int
    ) -> Tensor:
        """Cut the map into windows: (B, L, C) → (B, heads, L, D)."""
        layout = window_layout(size, self.window_size, shift, tokens.device)
        qkv = self._project(tokens, layout.padded)
        qkv = partition_windows(qkv, layout)  # (3, B, heads, nW, N, D)
        query, key, value = qkv.unbind(0)
        out = attend(query, key, value, self._masked_bias(layout))
        return merge_windows(out, layout)

    def attend_whole(self, tokens: Tensor, size: tuple[int, int], shift: int) -> Tensor:
        """Separate the windows by the bias: (B, L, C) → (B, heads, L, D)."""
        layout = whole_map_layout(size, self.window_size, shift, tokens.device)
        qkv = self._project(tokens, layout.padding is not None)
        query, key, value = qkv.unsqueeze(3).unbind(0)  # (B, heads, 1, L or L + 1, D)
        query = query[..., : tokens.shape[1], :]
        bias = whole_map_bias(self.bias(), layout)[:, None]
        return attend(query, key, value, bias).squeeze(2)

    def attend_symbolic(
        self, tokens: Tensor, size: tuple[int, int], shift: int
    ) -> Tensor:
        """Windows of a map of any size, in an export: (B, L, C) → (B, heads, L, D)."""
        maps = tokens.unflatten(1, size)
        windows = cut_windows(maps, self.window_size, shift)  # (B, rows, columns, N, C)
        qkv = self.qkv(windows).unflatten(-1, (3, self.num_heads, -1))
        qkv = qkv.flatten(1, 2).permute(3, 0, 4, 1, 2, 5)  # (3, B, heads, nW, N, D)
        bias = self.bias()[:, None]
        if shift:
            bias = bias + shift_mask(size, self.window_size, shift, tokens.device)
        query, key, value = qkv.unbind(0)
        out = attend(query, key, value, bias)  # (B, heads, nW, N, D)
        out = out.permute(0, 2, 3, 1, 4).flatten(3)  # (B, nW, N, C)
        out = out.unflatten(1, windows.shape[1:3])
        out = join_windows(out, size, shift).flatten(1, 2)  # (B, L, C)
        return out.unflatten(2, (self.num_heads, -1)).transpose(1, 2)

    def _project(self, tokens: Tensor, with_padding: bool) -> Tensor:
        """Queries, keys and values (3, B, heads, L, D); token L is the padding."""
        if with_padding:
            tokens = F.pad(tokens, (0, 0, 0, 1))
        qkv = self.qkv(tokens.flatten(0, 1))
        qkv = qkv.view(*tokens.shape[:2], 3, self.num_heads, -1)
        return qkv.permute(2, 0, 3, 1, 4)

    def bias(self) -> Tensor:
        """Bias (heads, N, N) of every pair of places of a window."""
        index = self.relative_position_index
        bias = self.relative_position_bias_table.index_select(0, index.flatten())
        return bias.T.unflatten(1, index.shape)

    def _masked_bias(self, layout: WindowLayout) -> Tensor:
        """Bias (heads, nW or 1, N, N) with the mask of a shift."""
        bias = self.bias()[:, None]
        if layout.masks is None or layout.kinds is None:
            return bias
        return (bias + layout.masks)[:, layout.kinds]
