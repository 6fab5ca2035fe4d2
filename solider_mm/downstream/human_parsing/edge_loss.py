"""Class-balanced cross-entropy of edges."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["BalancedEdgeLoss"]


@MODELS.register_module()
class BalancedEdgeLoss(nn.Module):
    """Cross-entropy in which both classes have the same total weight in the batch.

    Each class is weighted by the frequency of the other one. The loss of a batch
    without edges is 0; the released code returns NaN (deviation 56).

    Args:
        loss_weight: Weight of the loss.

    Source:
        docs/reference.md §8.2.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, edges: Tensor, ignore_index: int = 255) -> Tensor:
        """Compute the loss.

        Args:
            logits: Logits of no edge and edge, (B, 2, H, W).
            edges: Edge labels 0, 1 or `ignore_index`, (B, H, W) int64.
            ignore_index: Label of pixels that do not count.

        Returns:
            Weighted mean over the pixels, a scalar.
        """
        pixel = F.cross_entropy(
            logits, edges, reduction="none", ignore_index=ignore_index
        )  # (B, H, W)
        counts = torch.stack([(edges == label).sum() for label in (0, 1)])
        frequencies = counts.flip(0).to(pixel) / counts.sum().clamp(min=1)  # (2,)
        weights = frequencies[edges.clamp(0, 1)] * (edges != ignore_index)
        total = weights.sum().clamp(min=torch.finfo(pixel.dtype).tiny)
        return self.loss_weight * (weights * pixel).sum() / total
