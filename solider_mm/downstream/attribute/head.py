"""Linear attribute classifier, weighted by how frequent each attribute is."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpretrain.models import MultiLabelLinearClsHead
from mmpretrain.structures import DataSample
from torch import Tensor

from solider_mm.registry import MODELS

__all__ = ["PedestrianAttributeHead", "frequency_weights"]


def frequency_weights(positive_ratio: Tensor) -> tuple[Tensor, Tensor]:
    """Weights that make rare answers count more, for binary cross-entropy.

    With r the share of positives in the training split, a positive weighs exp(1 − r)
    and a negative exp(r).

    Args:
        positive_ratio: R (A,), in [0, 1].

    Returns:
        `class_weight` = exp(r) and `pos_weight` = exp(1 − 2r), each (A,): their
        product is the weight of a positive.

    Source:
        docs/reference.md §5.1, §5.7; tests/data/golden/attribute_losses.npz.
    """
    return positive_ratio.exp(), (1 - 2 * positive_ratio).exp()


@MODELS.register_module()
class PedestrianAttributeHead(MultiLabelLinearClsHead):
    """Pooled features to one logit per attribute; weighted binary cross-entropy.

    The loss is summed over the attributes and averaged over the images. The positive
    ratios are a buffer, so that checkpoints carry them: a model under test knows its
    loss without its training data. `AttributeFrequencyHook` fills them in.

    Args:
        in_channels: C of the pooled features.
        num_classes: A, number of attributes.
        positive_ratio: (A,) share of positives of each attribute in the training
            split, if it is to be stated in the config.
        thr: A probability from here on is listed in `pred_label`; the metric has its
            own threshold.
        init_cfg: Mmengine's; None keeps PyTorch's initial values, as the reference
            does.

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
        """Whether the positive ratios are known."""
        return self.loss_module.class_weight is not None

    def set_positive_ratio(self, positive_ratio: Sequence[float]) -> None:
        """Weight the loss by the frequencies of a training split.

        Args:
            positive_ratio: (A,) numbers in [0, 1].

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
        """Logits (B, A), in float32 also under mixed precision."""
        return super().forward(feats).float()

    def loss(
        self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs: Any
    ) -> dict[str, Tensor]:
        """Weighted binary cross-entropy of a batch.

        Args:
            feats: The last one is the pooled features (B, C).
            data_samples: B samples with `gt_score` (A,) of zeros and ones.
            **kwargs: For the loss module.

        Returns:
            `loss`, summed over attributes, averaged over images.

        Raises:
            ValueError: If the positive ratios are not known.
        """
        if not self.is_weighted:
            raise ValueError(
                "the head does not know how frequent the attributes are: add "
                "dict(type='solider_mm.AttributeFrequencyHook') to custom_hooks, or "
                "give the head positive_ratio"
            )
        return super().loss(feats, data_samples, **kwargs)

    def predict(
        self, feats: tuple[Tensor], data_samples: list[DataSample] | None = None
    ) -> list[DataSample]:
        """Probabilities of a batch, and its losses where the truth is known.

        Args:
            feats: The last one is the pooled features (B, C).
            data_samples: B samples, or None.

        Returns:
            The samples with `pred_score` (A,), `pred_label`, and `loss` () where
            they have a `gt_score` and the positive ratios are known.
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
        """Weight the loss as the checkpoint says."""
        super()._load_from_state_dict(*args, **kwargs)
        if not self.positive_ratio.isnan().any():
            self._weight_loss()
