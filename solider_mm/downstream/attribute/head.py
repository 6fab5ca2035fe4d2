"""Linear attribute classifier with a loss weighted by attribute frequency."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpretrain.models import MultiLabelLinearClsHead
from mmpretrain.structures import DataSample
from torch import Tensor

from solider_mm.registry import MODELS

__all__ = ["PedestrianAttributeHead", "frequency_weights"]


def frequency_weights(positive_ratio: Tensor) -> tuple[Tensor, Tensor]:
    """Compute weights of binary cross-entropy that emphasize rare labels.

    With r the share of positives in the training split, a positive has the weight
    exp(1 − r) and a negative exp(r).

    Args:
        positive_ratio: Shares r (A,), in [0, 1].

    Returns:
        `class_weight` = exp(r) and `pos_weight` = exp(1 − 2r), each (A,): their
        product is the weight of a positive.

    Source:
        docs/reference.md §5.1, §5.7; tests/data/golden/attribute_losses.npz.
    """
    return positive_ratio.exp(), (1 - 2 * positive_ratio).exp()


@MODELS.register_module()
class PedestrianAttributeHead(MultiLabelLinearClsHead):
    """One logit per attribute from pooled features; weighted binary cross-entropy.

    The loss is summed over attributes and averaged over images. The positive ratios are
    a buffer, so checkpoints contain them and a test can compute the loss without the
    training data. `AttributeFrequencyHook` sets them.

    Args:
        in_channels: Channels C of the pooled features.
        num_classes: Number of attributes A.
        positive_ratio: Share of positives of each attribute in the training split,
            (A,); None leaves it to the hook.
        thr: Threshold of `pred_label`; the metric has its own.
        init_cfg: Argument of mmengine's `BaseModule`; None keeps PyTorch's initial
            values, as the official code does.

    Raises:
        ValueError: If `positive_ratio` does not fit.

    Source:
        docs/reference.md §5.1: a linear layer with bias, without BatchNorm.
    """

    positive_ratio: Tensor

    def __init__(
        self,
        *,
        in_channels: int,
        num_classes: int,
        positive_ratio: Sequence[float] | None = None,
        thr: float = 0.5,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            in_channels=in_channels,
            num_classes=num_classes,
            loss={"type": "mmpretrain.CrossEntropyLoss", "use_sigmoid": True},
            thr=thr,
            init_cfg=init_cfg,
        )
        unknown = torch.full((num_classes,), torch.nan)
        self.register_buffer("positive_ratio", unknown)
        if positive_ratio is not None:
            self.set_positive_ratio(positive_ratio)

    @property
    def is_weighted(self) -> bool:
        """Whether the positive ratios are set."""
        return self.loss_module.class_weight is not None

    def set_positive_ratio(self, positive_ratio: Sequence[float]) -> None:
        """Weight the loss by the frequencies of a training split.

        Args:
            positive_ratio: Shares (A,) in [0, 1].

        Raises:
            ValueError: If there are not A of them, or one is outside [0, 1].
        """
        ratio = torch.as_tensor(positive_ratio, dtype=torch.float32)
        if ratio.shape != (self.num_classes,):
            raise ValueError(
                f"positive_ratio has shape {tuple(ratio.shape)} and the head "
                f"{self.num_classes} attributes: set num_classes to the number of "
                "attributes of the data set"
            )
        if not ((ratio >= 0) & (ratio <= 1)).all():
            raise ValueError(
                f"positive_ratio={ratio.tolist()}: expected shares in [0, 1]"
            )
        self.positive_ratio.copy_(ratio)
        self._weight_loss()

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Compute logits (B, A) in float32, also under mixed precision."""
        return super().forward(feats).float()

    def loss(
        self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs: Any
    ) -> dict[str, Tensor]:
        """Compute the weighted binary cross-entropy of a batch.

        Args:
            feats: Pooled features (B, C); the last one is used.
            data_samples: B samples with `gt_score` (A,) of zeros and ones.
            **kwargs: Arguments of the loss module.

        Returns:
            Dict with `loss`, summed over attributes and averaged over images.

        Raises:
            ValueError: If the positive ratios are not set.
        """
        if not self.is_weighted:
            raise ValueError(
                "the attribute frequencies of the head are not set: add "
                "dict(type='solider_mm.AttributeFrequencyHook') to custom_hooks, or "
                "set positive_ratio of the head"
            )
        return super().loss(feats, data_samples, **kwargs)

    def predict(
        self, feats: tuple[Tensor], data_samples: list[DataSample] | None = None
    ) -> list[DataSample]:
        """Predict probabilities of a batch, and losses of labeled samples.

        Args:
            feats: Pooled features (B, C); the last one is used.
            data_samples: B samples, or None.

        Returns:
            Samples with `pred_score` (A,), `pred_label`, and a scalar `loss` if they
            have a `gt_score` and the positive ratios are set.
        """
        logits = self(feats)  # (B, A)
        samples = self._get_predictions(logits, data_samples)
        if self.is_weighted and all("gt_score" in sample for sample in samples):
            truth = torch.stack([sample.gt_score for sample in samples]).to(logits)
            losses = self.loss_module(logits, truth, reduction_override="none").sum(1)
            for sample, loss in zip(samples, losses, strict=True):
                sample.set_field(loss, "loss")
        return samples

    def _weight_loss(self) -> None:
        ratio = self.positive_ratio.detach().cpu()
        class_weight, pos_weight = frequency_weights(ratio)
        self.loss_module.class_weight = class_weight.tolist()
        self.loss_module.pos_weight = pos_weight.tolist()

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        """Set the loss weights of the checkpoint."""
        super()._load_from_state_dict(*args, **kwargs)
        if not self.positive_ratio.isnan().any():
            self._weight_loss()
