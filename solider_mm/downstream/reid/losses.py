"""Batch-hard triplet loss in full precision, also under autocast."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["ReIDTripletLoss", "hardest_distances"]

# Distance of an anchor to itself, as in the official code: sqrt(1e-12).
_MIN_DISTANCE = 1e-6


def hardest_distances(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the distance of each anchor to its hardest positive and negative.

    An anchor is one of its own positives, at distance 1e-6, so identities may have any
    number of images.

    Args:
        features: Features (B, C).
        labels: Identities (B,).

    Returns:
        Euclidean distances (B,) to the farthest positives and (B,) to the nearest
        negatives, infinite if all images have one identity.

    Source:
        docs/reference.md §4.2; tests/data/golden/reid_losses.npz.
    """
    # By differences: the expanded square loses small distances to rounding.
    mode = "donot_use_mm_for_euclid_dist"
    distance = torch.cdist(features, features, compute_mode=mode)  # (B, B)
    distance = distance.clamp(min=_MIN_DISTANCE)
    same = labels[:, None] == labels[None, :]  # (B, B)
    # Not amax and amin, which split the gradient among equal distances.
    positive = distance.masked_fill(~same, -torch.inf).max(dim=1).values
    negative = distance.masked_fill(same, torch.inf).min(dim=1).values
    return positive, negative


@MODELS.register_module()
class ReIDTripletLoss(nn.Module):
    """Triplet loss with the hardest positive and negative of each anchor.

    Positives and negatives are those of the batch (under DDP, of the process).

    Args:
        margin: None is the soft margin, `log(1 + exp(d_ap − d_an))`; a number m is the
            hinge, `max(0, d_ap − d_an + m)`.
        normalize: Whether to divide each feature by its norm first.
        loss_weight: Weight of the loss.

    Raises:
        ValueError: If `margin` is negative.

    Source:
        docs/reference.md §4.2, §R7: half precision is too coarse for the distances, so
        the loss is computed outside autocast in float32 or better.
    """

    def __init__(
        self,
        *,
        margin: float | None = None,
        normalize: bool = False,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if margin is not None and margin < 0:
            raise ValueError(
                f"margin={margin}: expected a number of at least 0, or None for the "
                "soft margin."
            )
        self.margin = margin
        self.normalize = normalize
        self.loss_weight = loss_weight

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Average the loss over all anchors.

        Args:
            features: Features (B, C) of any floating-point dtype.
            labels: Identities (B,). Anchors without a negative contribute 0.

        Returns:
            Scalar loss in float32, or in float64 for float64 features.

        Raises:
            ValueError: If the shapes do not match.
        """
        if features.ndim != 2 or labels.shape != features.shape[:1]:
            raise ValueError(
                f"features {tuple(features.shape)} with labels {tuple(labels.shape)}: "
                "expected (B, C) and (B,), one label per feature."
            )
        with torch.autocast(features.device.type, enabled=False):
            features = features.to(torch.promote_types(features.dtype, torch.float32))
            if self.normalize:
                features = F.normalize(features, dim=1)
            positive, negative = hardest_distances(features, labels)
            excess = positive - negative  # (B,)
            if self.margin is None:
                per_anchor = F.softplus(excess)
            else:
                per_anchor = F.relu(excess + self.margin)
            return self.loss_weight * per_anchor.mean()
