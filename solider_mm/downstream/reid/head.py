"""Re-ID head with BNNeck."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["ReIDHead"]

_IDENTITY_LOSS = {"type": "mmpretrain.CrossEntropyLoss"}
_TRIPLET_LOSS = {"type": "solider_mm.ReIDTripletLoss"}


@MODELS.register_module()
class ReIDHead(ClsHead):
    """Identity classifier behind a BNNeck; at test time returns the feature before it.

    A BatchNorm without bias precedes a classifier without bias. The classifier uses the
    normalized feature; the triplet loss and the test use the feature before it.
    Everything is computed in float32 under autocast.

    Args:
        num_classes: Number of training identities.
        in_channels: Channels C of the pooled feature.
        loss: Loss of the identity logits: `mmpretrain.CrossEntropyLoss`, or, for label
            smoothing, `mmpretrain.LabelSmoothLoss` with `label_smooth_val`. Its
            `loss_weight` is the weight of the term.
        triplet_loss: Loss of the pooled feature; None disables it.
        init_cfg: Argument of mmengine's `BaseModule`; not needed.

    Raises:
        ValueError: If `num_classes` is less than 2 or `in_channels` than 1.

    Source:
        docs/reference.md §4.1, §4.2, §R7, §R12.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        in_channels: int,
        loss: Mapping[str, Any] = _IDENTITY_LOSS,
        triplet_loss: Mapping[str, Any] | None = _TRIPLET_LOSS,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        if num_classes < 2 or in_channels < 1:
            raise ValueError(
                f"num_classes={num_classes}, in_channels={in_channels}: expected at "
                "least 2 training identities and the channels of the pooled feature."
            )
        super().__init__(loss=dict(loss), init_cfg=init_cfg)
        self.num_classes = num_classes
        self.triplet_loss = (
            None if triplet_loss is None else MODELS.build(dict(triplet_loss))
        )
        self.bnneck = nn.BatchNorm1d(in_channels)
        self.bnneck.bias.requires_grad_(False)  # starts at 0
        self.classifier = nn.Linear(in_channels, num_classes, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.001)

    def pre_logits(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the feature that is compared at test time.

        Args:
            feats: Pooled maps (B, C) of the backbone's stages; the last one is used.

        Returns:
            Features (B, C) before the BNNeck, in float32 or float64.
        """
        feature = feats[-1]
        return feature.to(torch.promote_types(feature.dtype, torch.float32))

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return identity logits (B, num_classes) of pooled maps (B, C)."""
        return self._classify(self.pre_logits(feats))

    def _classify(self, feature: Tensor) -> Tensor:
        with torch.autocast(feature.device.type, enabled=False):
            return self.classifier(self.bnneck(feature))

    def loss(
        self, feats: Sequence[Tensor], data_samples: list[DataSample], **kwargs: Any
    ) -> dict[str, Tensor]:
        """Compute the two loss terms, which mmengine sums, and the accuracy.

        Args:
            feats: Pooled maps (B, C); the last one is used.
            data_samples: B samples with `gt_label` in [0, num_classes).
            **kwargs: Arguments of the identity loss.

        Returns:
            Dict with `loss_identity`, `loss_triplet` and the detached `accuracy`, the
            share of images whose identity has the largest logit.

        Raises:
            ValueError: If a label is outside the range.
        """
        feature = self.pre_logits(feats)  # (B, C)
        labels = torch.cat([sample.gt_label for sample in data_samples])  # (B,)
        self._check_labels(labels)
        logits = self._classify(feature)  # (B, num_classes)
        losses = {"loss_identity": self.loss_module(logits, labels, **kwargs)}
        if self.triplet_loss is not None:
            losses["loss_triplet"] = self.triplet_loss(feature, labels)
        hits = logits.detach().argmax(dim=1) == labels
        return {**losses, "accuracy": hits.to(logits.dtype).mean()}

    def _check_labels(self, labels: Tensor) -> None:
        # On the CPU: a label out of range aborts the process on a GPU.
        lowest, highest = (int(bound) for bound in labels.aminmax())
        if lowest < 0 or highest >= self.num_classes:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(
                f"gt_label={wrong} with num_classes={self.num_classes}: expected "
                f"labels in [0, {self.num_classes}); set model.head.num_classes to the "
                "number of training identities."
            )

    def predict(
        self,
        feats: Sequence[Tensor],
        data_samples: list[DataSample | None] | None = None,
    ) -> list[DataSample]:
        """Predict the feature and the training identity of every image.

        Args:
            feats: Pooled maps (B, C); the last one is used.
            data_samples: B samples, or None for new ones; single samples may be None.
                Labels are not needed.

        Returns:
            Samples with `feature` (C,), and `pred_score` (num_classes,) and
            `pred_label` among the training identities.
        """
        features = self.pre_logits(feats).detach()
        given = data_samples or [None] * len(features)
        samples = self._get_predictions(self._classify(features).detach(), given)
        for sample, feature in zip(samples, features, strict=True):
            sample.set_field(feature, "feature", dtype=torch.Tensor)
        return samples
