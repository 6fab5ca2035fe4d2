"""The three losses of the CSP detector, in single precision."""

import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.downstream.pedestrian_detection.csp_targets import CSPTargets

__all__ = ["center_loss", "offset_loss", "scale_loss"]

# The log of a height of one cell is 0, which must not become a divisor.
_MIN_LOG_SIZE = 0.1


def center_loss(logits: Tensor, targets: CSPTargets) -> Tensor:
    """Compute the focal cross-entropy of the center map.

    With score p and Gaussian g: −(1 − p)² ln p at the centers and
    −(1 − g)⁴ p² ln(1 − p) at the other valid cells, divided by the number of centers.
    The factor (1 − g)⁴ reduces the weight of negatives near a center.

    Args:
        logits: Center logits, (B, 1, h, w).
        targets: Targets of the same batch.

    Returns:
        Scalar, float32.

    Source:
        docs/reference.md §7.2.
    """
    logits = logits.squeeze(1).float()  # (B, h, w)
    score = logits.sigmoid()
    positive = (1 - score).square() * F.softplus(-logits)
    negative = (1 - targets.gaussian) ** 4 * score.square() * F.softplus(logits)
    negative = negative * targets.valid
    loss = torch.where(targets.centers, positive, negative)
    return loss.sum() / targets.centers.sum().clamp(min=1)


def scale_loss(scale: Tensor, targets: CSPTargets) -> Tensor:
    """Compute the smooth L1 loss of predicted over true log size against 1.

    Args:
        scale: Predicted (ln height, ln width) in cells, (B, 2, h, w).
        targets: Targets of the same batch.

    Returns:
        Mean over the cells, a float32 scalar; 0 without people.

    Source:
        docs/reference.md §7.2. True log sizes below 0.1 are replaced by 0.1 in the
        divisor (deviation 41).
    """
    divisor = targets.scale.abs().clamp(min=_MIN_LOG_SIZE)
    error = (scale.float() - targets.scale) / divisor
    loss = F.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")
    cells = targets.scale_cells
    return (loss * cells[:, None]).sum() / (2 * cells.sum()).clamp(min=1)


def offset_loss(offset: Tensor, targets: CSPTargets) -> Tensor:
    """Compute the mean smooth L1 loss of the offset over the centers.

    Args:
        offset: Predicted (dy, dx) in cells, (B, 2, h, w).
        targets: Targets of the same batch.

    Returns:
        Scalar, float32; 0 without people.

    Source:
        docs/reference.md §7.2.
    """
    loss = F.smooth_l1_loss(offset.float(), targets.offset, reduction="none")
    centers = targets.centers
    return (loss * centers[:, None]).sum() / centers.sum().clamp(min=1)
