"""Batch-hard triplet loss, in full precision whatever the autocast."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["ReIDTripletLoss", "hardest_distances"]

# Of an anchor to itself, as in the reference: sqrt(1e-12).
_LEAST_DISTANCE = 1e-6


def hardest_distances(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Distance of every anchor to its farthest positive and its nearest negative.

    An anchor is one of its own positives, at distance 1e-6, so identities may have any
    number of images; one that is alone has that distance.

    Args:
        features: `(B, C)`.
        labels: `(B,)` identities.

    Returns:
        `(B,)` Euclidean distances of the hardest positives; `(B,)` of the hardest
        negatives, infinite where all images are of one identity.

    Source:
        docs/reference.md §4.2; tests/data/golden/reid_losses.npz.
    """
    # By differences: in the expanded square a near pair drowns in rounding.
    mode = "donot_use_mm_for_euclid_dist"
    distance = torch.cdist(features, features, compute_mode=mode)  # (B, B)
    distance = distance.clamp(min=_LEAST_DISTANCE)
    same = labels[:, None] == labels[None, :]  # (B, B)
    # Not amax and amin: they would share the gradient among equal distances.
    positive = distance.masked_fill(~same, -torch.inf).max(dim=1).values
    negative = distance.masked_fill(same, torch.inf).min(dim=1).values
    return positive, negative


@MODELS.register_module()
class ReIDTripletLoss(nn.Module):
    """Pull every image toward its farthest positive, away from its nearest negative.

    Positives and negatives are those of the batch (under DDP, of the process).

    Args:
        margin: `None` is the soft margin, `log(1 + exp(d_ap − d_an))`; a number m
            is the hinge, `max(0, d_ap − d_an + m)`.
        normalize: Divide every feature by its norm first.
        loss_weight: Factor of the loss.

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
        """Mean over all anchors.

        Args:
            features: `(B, C)` of any floating type.
            labels: `(B,)` identities. Anchors without a negative add zero.

        Returns:
            The loss, (), in float32 or the features' better type.

        Raises:
            ValueError: If the shapes do not fit each other.
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
