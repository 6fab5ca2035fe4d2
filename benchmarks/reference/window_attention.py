"""Attention in padded windows, as the official code computes it in each forward."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ShiftedWindows"]

Size = tuple[int, int]


class WindowAttention(nn.Module):
    """Attention of the places of a window, padding included.

    Args:
        channels: C.
        num_heads: Divides C.
        window: Side of a window, in tokens.
    """

    relative_position_index: Tensor

    def __init__(self, channels: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (channels // num_heads) ** -0.5
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros((2 * window - 1) ** 2, num_heads)
        )
        rows = torch.arange(window).repeat_interleave(window)
        columns = torch.arange(window).repeat(window)
        down = rows[:, None] - rows + window - 1
        right = columns[:, None] - columns + window - 1
        self.register_buffer("relative_position_index", down * (2 * window - 1) + right)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, windows: Tensor, mask: Tensor | None) -> Tensor:
        """Attend within each window.

        Args:
            windows: (B · nW, N, C).
            mask: Added to the logits, (nW, N, N), or None.

        Returns:
            (B · nW, N, C).
        """
        count, places, channels = windows.shape
        qkv = self.qkv(windows).reshape(count, places, 3, self.num_heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B · nW, heads, N, D)
        logits = (query * self.scale) @ key.transpose(-2, -1)
        # Gathered again in every pass.
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()]
        bias = bias.view(places, places, -1).permute(2, 0, 1).contiguous()
        logits = logits + bias  # (B · nW, heads, N, N)
        if mask is not None:
            per_image = logits.view(-1, len(mask), self.num_heads, places, places)
            logits = (per_image + mask[:, None]).view_as(logits)
        mixed = logits.softmax(-1) @ value  # (B · nW, heads, N, D)
        return self.proj(mixed.transpose(1, 2).reshape(count, places, channels))


class ShiftedWindows(nn.Module):
    """Pad, roll, cut into windows, attend, and all of it backwards.

    Args:
        channels: C.
        num_heads: Divides C.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled, 0 for none.
    """

    def __init__(self, channels: int, num_heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window = window
        self.shift = shift
        self.w_msa = WindowAttention(channels, num_heads, window)

    def forward(self, tokens: Tensor, size: Size) -> Tensor:
        """Transform the tokens of a map.

        Args:
            tokens: (B, H · W, C).
            size: (H, W) of the map.

        Returns:
            (B, H · W, C).
        """
        batch, _, channels = tokens.shape
        height, width = size
        window, shift = self.window, self.shift
        maps = tokens.view(batch, height, width, channels)
        maps = F.pad(maps, (0, 0, 0, -width % window, 0, -height % window))
        padded = (maps.shape[1], maps.shape[2])
        mask = None
        if shift:
            maps = torch.roll(maps, (-shift, -shift), (1, 2))
            mask = shift_mask(padded, window, shift, maps.device)
        windows = self.w_msa(cut(maps, window), mask)  # (B · nW, N, C)
        maps = join(windows, padded, window)  # (B, H', W', C)
        if shift:
            maps = torch.roll(maps, (shift, shift), (1, 2))
        return maps[:, :height, :width].reshape(batch, height * width, channels)


def shift_mask(size: Size, window: int, shift: int, device: torch.device) -> Tensor:
    """Keep apart what only the roll made neighbors; built in every forward pass.

    Args:
        size: (H', W') of the padded map.
        window: Side of a window.
        shift: Tokens of the roll.
        device: Of the result.

    Returns:
        (nW, N, N), 0 or −100.
    """
    regions = torch.zeros(1, *size, 1, device=device)
    spans = (
        slice(0, -window),
        slice(-window, -shift),
        slice(-shift, None),
    )
    for number, (rows, columns) in enumerate((r, c) for r in spans for c in spans):
        regions[:, rows, columns] = number
    of_place = cut(regions, window).squeeze(-1)  # (nW, N)
    apart = of_place[:, None] - of_place[:, :, None]
    return apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)


def cut(maps: Tensor, window: int) -> Tensor:
    """Cut maps (B, H', W', C) into windows (B · nW, window², C)."""
    batch, height, width, channels = maps.shape
    blocks = maps.view(
        batch, height // window, window, width // window, window, channels
    )
    return blocks.transpose(2, 3).reshape(-1, window * window, channels)


def join(windows: Tensor, size: Size, window: int) -> Tensor:
    """Put windows (B · nW, window², C) together to maps (B, H', W', C)."""
    height, width = size
    blocks = windows.view(
        -1, height // window, width // window, window, window, windows.shape[-1]
    )
    return blocks.transpose(2, 3).reshape(-1, height, width, windows.shape[-1])
