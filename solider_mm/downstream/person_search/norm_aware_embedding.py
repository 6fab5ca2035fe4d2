"""Norm-aware embedding (NAE): direction is identity, norm is detection score."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["NormAwareEmbedding"]


@MODELS.register_module()
class NormAwareEmbedding(BaseModule):
    """Embed several features of a region and separate direction and norm.

    Each feature passes through a linear layer and a batch normalization; the results
    are concatenated. The norm passes through a batch normalization of one channel.

    Args:
        in_channels: Channels of each feature; all get an equal part of the embedding.
        channels: Channels D of the embedding.

    Raises:
        ValueError: If D is not a multiple of the number of features.

    Source:
        docs/reference.md §6.1.
    """

    def __init__(self, *, in_channels: Sequence[int], channels: int = 256) -> None:
        super().__init__()
        if not in_channels or channels % len(in_channels):
            raise ValueError(
                f"channels is {channels}, expected a multiple of the "
                f"{len(in_channels)} features: change channels or in_channels"
            )
        part = channels // len(in_channels)
        self.channels = channels
        self.projectors = nn.ModuleList(
            normed_linear(width, part) for width in in_channels
        )
        self.rescaler = nn.BatchNorm1d(1)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Embed regions.

        Args:
            features: Features (R, C_i), one for each of `in_channels`.

        Returns:
            Unit vectors (R, D) and person logits (R,).
        """
        parts = zip(self.projectors, features, strict=True)
        embeddings = torch.cat([project(part) for project, part in parts], dim=1)
        norms = embeddings.norm(dim=1, keepdim=True)  # (R, 1)
        return F.normalize(embeddings, dim=1), self.rescaler(norms).squeeze(1)


def normed_linear(in_channels: int, out_channels: int) -> nn.Sequential:
    """Build a linear layer and a batch normalization with weights from N(0, 0.01).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.

    Returns:
        Linear layer and batch normalization.
    """
    linear, norm = nn.Linear(in_channels, out_channels), nn.BatchNorm1d(out_channels)
    for layer in (linear, norm):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(linear, norm)
