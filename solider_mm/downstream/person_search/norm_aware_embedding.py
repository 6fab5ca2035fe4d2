"""One vector per region: its direction tells who, its length that it is someone."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["NormAwareEmbedding"]


@MODELS.register_module()
class NormAwareEmbedding(BaseModule):
    """Project several features of a region, and split the result by its norm.

    Args:
        in_channels: Of each feature; all get an equal share of the embedding.
        channels: D of the embedding.

    Raises:
        ValueError: If D cannot be shared equally.

    Source:
        docs/reference.md §6.1: Linear and BN (weights N(0, 0.01)) for each feature; the
        norm passes through a batch normalization of one channel.
    """

    def __init__(self, *, in_channels: Sequence[int], channels: int = 256) -> None:
        super().__init__()
        if not in_channels or channels % len(in_channels):
            raise ValueError(
                f"channels={channels} cannot be shared by {len(in_channels)} features; "
                "choose a multiple of their number"
            )
        share = channels // len(in_channels)
        self.channels = channels
        self.projectors = nn.ModuleList(
            normed_linear(width, share) for width in in_channels
        )
        self.rescaler = nn.BatchNorm1d(1)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Embed regions.

        Args:
            features: One (R, C_i) for each of `in_channels`.

        Returns:
            Unit vectors (R, D) and the person logits (R,).
        """
        parts = zip(self.projectors, features, strict=True)
        embeddings = torch.cat([project(part) for project, part in parts], dim=1)
        norms = embeddings.norm(dim=1, keepdim=True)  # (R, 1)
        return F.normalize(embeddings, dim=1), self.rescaler(norms).squeeze(1)


def normed_linear(in_channels: int, out_channels: int) -> nn.Sequential:
    """Linear and batch normalization, both with weights from N(0, 0.01).

    Args:
        in_channels: Of the input.
        out_channels: Of the output.

    Returns:
        The two layers.
    """
    linear, norm = nn.Linear(in_channels, out_channels), nn.BatchNorm1d(out_channels)
    for layer in (linear, norm):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(linear, norm)
