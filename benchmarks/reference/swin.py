"""The λ-conditioned Swin as the official code computes it, in float32."""

import re
from collections.abc import Mapping
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.reference.window_attention import ShiftedWindows, Size
from solider_mm.models.backbones.swin_arch import SwinArch

__all__ = ["LiteralSwin"]

WINDOW = 7

# What `SOLIDERSwin` leaves out because it reaches no output of pretraining.
LEFT_OUT = re.compile(r"(norm\d|semantic_embed_[wb]\.\d)\.")


class LiteralSwin(nn.Module):
    """Swin with a semantic controller after every stage.

    Names of weights are those of the released files and of `SOLIDERSwin`, which lacks
    the norms of unused outputs and the fourth controller. That controller acts after
    the last output: it costs a little and changes nothing (docs/reference.md §P2).

    Args:
        arch: 'tiny', 'small', 'base', or a dict of embed_dims, depths, num_heads.
        drop_path_rate: Of the last block; it rises linearly from 0 at the first.

    Source:
        docs/reference.md §2.1, §2.2, §3.
    """

    def __init__(
        self, arch: str | Mapping[str, object] = "tiny", drop_path_rate: float = 0.1
    ) -> None:
        super().__init__()
        sizes = SwinArch.of(arch)
        widths, last = sizes.num_features, len(sizes.depths) - 1
        self.patch_embed = PatchEmbed(widths[0])
        rates = torch.linspace(0, drop_path_rate, sum(sizes.depths)).tolist()
        ends = list(accumulate(sizes.depths))
        self.stages = nn.ModuleList(
            Stage(width, heads, rates[end - depth : end], merge=i < last)
            for i, (width, heads, depth, end) in enumerate(
                zip(widths, sizes.num_heads, sizes.depths, ends, strict=True)
            )
        )
        for i, width in enumerate(widths):
            self.add_module(f"norm{i}", nn.LayerNorm(width))
        # A stage's modulation comes after its merging; the last one has none.
        modulated = [*widths[1:], widths[-1]]
        self.semantic_embed_w = nn.ModuleList(nn.Linear(2, d) for d in modulated)
        self.semantic_embed_b = nn.ModuleList(nn.Linear(2, d) for d in modulated)
        for linear in (*self.semantic_embed_w, *self.semantic_embed_b):
            nn.init.trunc_normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)

    def forward(
        self, images: Tensor, semantic_weight: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        """Pooled feature and the normalized maps of all stages.

        Args:
            images: (B, 3, H, W).
            semantic_weight: λ, (B,).

        Returns:
            The average (B, C) of the last map, and maps (B, C_i, H_i, W_i).
        """
        condition = torch.stack((semantic_weight, 1 - semantic_weight), 1)  # (B, 2)
        condition = condition.to(images.device)
        tokens, size = self.patch_embed(images)
        maps = []
        for i, stage in enumerate(self.stages):
            tokens, size, before, before_size = stage(tokens, size)
            scale = self.semantic_embed_w[i](condition)[:, None]
            shift = self.semantic_embed_b[i](condition)[:, None]
            tokens = tokens * F.softplus(scale) + shift
            normed = getattr(self, f"norm{i}")(before)
            normed = normed.view(len(images), *before_size, -1)
            maps.append(normed.permute(0, 3, 1, 2).contiguous())
        return F.adaptive_avg_pool2d(maps[-1], 1).flatten(1), maps

    def take(self, state_dict: Mapping[str, Tensor]) -> None:
        """Load the weights of a `SOLIDERSwin`; what it leaves out keeps its start.

        Raises:
            ValueError: If anything else is missing, or something is left over.
        """
        missing, unexpected = self.load_state_dict(state_dict, strict=False)
        wrong = [key for key in missing if not LEFT_OUT.match(key)] + unexpected
        if wrong:
            raise ValueError(
                f"{wrong} missing or left over: give the weights of a SOLIDERSwin of "
                "the same arch"
            )


class PatchEmbed(nn.Module):
    """One normalized token per patch of 4 × 4 pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, channels, 4, 4)
        self.norm = nn.LayerNorm(channels)

    def forward(self, images: Tensor) -> tuple[Tensor, Size]:
        """(B, 3, H, W) → (B, H' · W', C) and (H', W')."""
        height, width = images.shape[2:]
        if height % 4 or width % 4:
            images = F.pad(images, (0, -width % 4, 0, -height % 4))
        patches = self.projection(images)
        size = (patches.shape[2], patches.shape[3])
        return self.norm(patches.flatten(2).transpose(1, 2)), size


class Stage(nn.Module):
    """Blocks with plain and shifted windows in turn, then the merging."""

    def __init__(
        self, channels: int, num_heads: int, rates: list[float], *, merge: bool
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(channels, num_heads, WINDOW // 2 if i % 2 else 0, rate)
            for i, rate in enumerate(rates)
        )
        self.downsample = PatchMerging(channels) if merge else None

    def forward(self, tokens: Tensor, size: Size) -> tuple[Tensor, Size, Tensor, Size]:
        """Tokens and size after the merging, and the same before it."""
        for block in self.blocks:
            tokens = block(tokens, size)
        if self.downsample is None:
            return tokens, size, tokens, size
        return *self.downsample(tokens, size), tokens, size


class Block(nn.Module):
    """Window attention and a feed-forward network, each with a shortcut."""

    def __init__(self, channels: int, num_heads: int, shift: int, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.norm1 = nn.LayerNorm(channels)
        self.attn = ShiftedWindows(channels, num_heads, WINDOW, shift)
        self.norm2 = nn.LayerNorm(channels)
        hidden = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU())
        layers = nn.Sequential(hidden, nn.Linear(4 * channels, channels))
        self.ffn = nn.ModuleDict({"layers": layers})

    def forward(self, tokens: Tensor, size: Size) -> Tensor:
        """(B, L, C) → (B, L, C)."""
        tokens = tokens + self.drop_path(self.attn(self.norm1(tokens), size))
        return tokens + self.drop_path(self.ffn["layers"](self.norm2(tokens)))

    def drop_path(self, branch: Tensor) -> Tensor:
        """Leave the branch out for some images, in training."""
        if not self.training or self.rate == 0:
            return branch
        keep = 1 - self.rate
        chance = torch.rand(len(branch), 1, 1, dtype=branch.dtype, device=branch.device)
        return branch.div(keep) * (chance + keep).floor()


class PatchMerging(nn.Module):
    """Each 2 × 2 neighborhood becomes one token of twice the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, tokens: Tensor, size: Size) -> tuple[Tensor, Size]:
        """(B, H · W, C) → (B, H' · W', 2C) and (H', W')."""
        height, width = size
        maps = tokens.view(-1, height, width, tokens.shape[-1]).permute(0, 3, 1, 2)
        if height % 2 or width % 2:
            maps = F.pad(maps, (0, width % 2, 0, height % 2))
        merged = F.unfold(maps, 2, stride=2).transpose(1, 2)  # (B, H' · W', 4C)
        tokens = self.reduction(self.norm(merged))
        return tokens, ((height + 1) // 2, (width + 1) // 2)
