"""Cross-entropy of edges, balanced by how rare they are."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["BalancedEdgeLoss"]


@MODELS.register_module()
class BalancedEdgeLoss(nn.Module):
    """Cross-entropy in which edge and no edge weigh the same in the batch.

    Each class is weighted by the frequency of the other one. A batch without any edge
    has no loss: the reference's formula divides zero by zero there.

    Args:
        loss_weight: Factor of the loss.

    Source:
        docs/reference.md §8.2.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, logits: Tensor, edges: Tensor, ignore_index: int = 255) -> Tensor:
        """Compute the loss.

        Args:
            logits: (B, 2, H, W) of no edge and edge.
            edges: (B, H, W) int64: 0, 1, or `ignore_index`.
            ignore_index: Label that does not count.

        Returns:
            Scalar.
        """
        pixel = F.cross_entropy(
            logits, edges, reduction="none", ignore_index=ignore_index
        )  # (B, H, W)
        counts = torch.stack([(edges == label).sum() for label in (0, 1)])
        shares = counts.flip(0).to(pixel) / counts.sum().clamp(min=1)  # (2,)
        weights = shares[edges.clamp(0, 1)] * (edges != ignore_index)
        total = weights.sum().clamp(min=torch.finfo(pixel.dtype).tiny)
        return self.loss_weight * (weights * pixel).sum() / total
