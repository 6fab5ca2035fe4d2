"""Learning from labels that the averaged model has softened."""

import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["SoftTargetLoss"]


@MODELS.register_module()
class SoftTargetLoss(nn.Module):
    """Kullback-Leibler divergence from a mix of averaged model and label.

    The target is the softmax of (1 − a) · averaged logits + a · one-hot label, with
    a = 1 / (n + 1) after n finished cycles. mmseg's `KLDivLoss` cannot be used: it
    takes the softmax, not its logarithm, of the input.

    Args:
        loss_weight: Factor of the loss.

    Source:
        docs/reference.md §8.2.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(
        self,
        logits: Tensor,
        soft_logits: Tensor,
        labels: Tensor,
        valid: Tensor,
        finished_cycles: int,
    ) -> Tensor:
        """Compute the loss.

        Args:
            logits: (B, C, H, W).
            soft_logits: Of the averaged model, (B, C, H, W).
            labels: (B, H, W) int64, anything where not valid.
            valid: (B, H, W) bool, pixels that count.
            finished_cycles: n, at least 1.

        Returns:
            Scalar, the mean over valid pixels; 0 if there is none.
        """
        share = 1 / (finished_cycles + 1)
        classes = labels.where(valid, 0)
        hard = F.one_hot(classes, logits.shape[1]).permute(0, 3, 1, 2)  # (B, C, H, W)
        mixed = (1 - share) * soft_logits + share * hard
        divergence = F.kl_div(
            logits.log_softmax(1),
            mixed.log_softmax(1),
            reduction="none",
            log_target=True,
        ).sum(1)  # (B, H, W)
        total = (divergence * valid).sum() / valid.sum().clamp(min=1)
        return self.loss_weight * total
