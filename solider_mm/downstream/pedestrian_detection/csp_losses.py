"""The three losses of the CSP detector, in single precision."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .csp_targets import CSPTargets

__all__ = ["centre_loss", "offset_loss", "scale_loss"]

# A person of the height of one cell has ln 1 = 0, by which nothing can be divided.
_LEAST_LOG_SIZE = 0.1


def centre_loss(logits: Tensor, targets: CSPTargets) -> Tensor:
    """Focal cross-entropy of the centre map, negatives near a centre weighted down.

    With p the score and g the Gaussian: −(1 − p)² ln p at the centres,
    −(1 − g)⁴ p² ln(1 − p) at the other valid cells, over the number of centres.

    Args:
        logits: ``(B, 1, h, w)``.
        targets: Of the same batch.

    Returns:
        A number, ``()`` float32.

    Source:
        Reference facts §7.2.
    """
    logits = logits.squeeze(1).float()  # (B, h, w)
    score = logits.sigmoid()
    positive = (1 - score).square() * F.softplus(-logits)
    negative = (1 - targets.gaussian) ** 4 * score.square() * F.softplus(logits)
    negative = negative * targets.valid
    loss = torch.where(targets.centres, positive, negative)
    return loss.sum() / targets.centres.sum().clamp(min=1)


def scale_loss(scale: Tensor, targets: CSPTargets) -> Tensor:
    """Smooth L1 between predicted over true log size and 1, averaged over the cells.

    Args:
        scale: ``(B, 2, h, w)`` ln height, ln width in cells.
        targets: Of the same batch.

    Returns:
        A number, ``()`` float32; 0 without people.

    Source:
        Reference facts §7.2. True log sizes below 0.1 are divided by 0.1.
    """
    divisor = targets.scale.abs().clamp(min=_LEAST_LOG_SIZE)
    error = (scale.float() - targets.scale) / divisor
    loss = F.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")
    cells = targets.scale_cells
    return (loss * cells[:, None]).sum() / (2 * cells.sum()).clamp(min=1)


def offset_loss(offset: Tensor, targets: CSPTargets) -> Tensor:
    """Smooth L1 of the offset at the centres, over their number.

    Args:
        offset: ``(B, 2, h, w)`` dy, dx in cells.
        targets: Of the same batch.

    Returns:
        A number, ``()`` float32; 0 without people.

    Source:
        Reference facts §7.2.
    """
    loss = F.smooth_l1_loss(offset.float(), targets.offset, reduction="none")
    centres = targets.centres
    return (loss * centres[:, None]).sum() / centres.sum().clamp(min=1)
