"""Soft targets from the averaged model, and the loss that learns from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["SoftTargetLoss", "SoftTargets", "attach_soft_targets", "soft_targets"]


@dataclass(frozen=True, eq=False)
class SoftTargets:
    """Predictions of the averaged model for a batch.

    Attributes:
        parsing: Logits of the fusion branch, (B, classes, h, w).
        edge: Logits of the edge branch, (B, 2, h, w).
        finished_cycles: Number n of finished cycles, at least 1.
    """

    parsing: Tensor
    edge: Tensor
    finished_cycles: int


def attach_soft_targets(samples: Sequence[SegDataSample], soft: SoftTargets) -> None:
    """Store the soft targets of a batch in its samples.

    Args:
        samples: Samples of one batch, modified in place.
        soft: Soft targets of all samples.
    """
    for sample, parsing, edge in zip(samples, soft.parsing, soft.edge, strict=True):
        maps = {"soft_parsing": parsing, "soft_edge": edge}
        sample.set_data({name: PixelData(data=one) for name, one in maps.items()})
        sample.set_metainfo({"finished_cycles": soft.finished_cycles})


def soft_targets(samples: Sequence[SegDataSample]) -> SoftTargets | None:
    """Collect the soft targets of a batch from its samples.

    Args:
        samples: Samples of one batch.

    Returns:
        Soft targets, or None if the samples have none.
    """
    if not all("soft_parsing" in sample for sample in samples):
        return None
    return SoftTargets(
        torch.stack([sample.soft_parsing.data for sample in samples]),
        torch.stack([sample.soft_edge.data for sample in samples]),
        int(samples[0].finished_cycles),
    )


@MODELS.register_module()
class SoftTargetLoss(nn.Module):
    """Kullback-Leibler divergence from a mix of averaged prediction and label.

    The target is the softmax of (1 − a) · averaged logits + a · one-hot label with
    a = 1 / (n + 1) after n finished cycles. mmseg's `KLDivLoss` is not used because it
    takes the softmax of the input instead of its logarithm.

    Args:
        loss_weight: Weight of the loss.

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
            logits: Logits of the trained model, (B, C, H, W).
            soft_logits: Logits of the averaged model, (B, C, H, W).
            labels: Labels, (B, H, W) int64; any value where not valid.
            valid: Mask of the pixels that count, (B, H, W) bool.
            finished_cycles: Number n of finished cycles, at least 1.

        Returns:
            Mean over the valid pixels, a scalar; 0 without any.
        """
        label_weight = 1 / (finished_cycles + 1)
        classes = labels.where(valid, 0)
        hard = F.one_hot(classes, logits.shape[1]).permute(0, 3, 1, 2)  # (B, C, H, W)
        mixed = (1 - label_weight) * soft_logits + label_weight * hard
        divergence = F.kl_div(
            logits.log_softmax(1),
            mixed.log_softmax(1),
            reduction="none",
            log_target=True,
        ).sum(1)  # (B, H, W)
        total = (divergence * valid).sum() / valid.sum().clamp(min=1)
        return self.loss_weight * total
