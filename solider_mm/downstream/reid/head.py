"""BNNeck: identities from the normalized feature, distances from the raw one."""

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
    """Tell identities apart in training; give the pooled feature in the test.

    BatchNorm without shift lies between the pooled feature and a classifier without
    bias. The classifier sees what comes after it, the triplet loss and the test what
    comes before. All of it is computed in float32 under autocast.

    Args:
        num_classes: Identities of the training set.
        in_channels: C of the pooled feature.
        loss: Of the identity logits: `mmpretrain.CrossEntropyLoss`, or, for label
            smoothing, `mmpretrain.LabelSmoothLoss` with `label_smooth_val`. Its
            `loss_weight` is the weight of the term.
        triplet_loss: Of the pooled feature; `None` leaves it out.
        init_cfg: See mmengine's `BaseModule`; the weights are ready without.

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
        """The feature that the test compares.

        Args:
            feats: Pooled maps (B, C) of the backbone's stages; the last is taken.

        Returns:
            (B, C) before the BNNeck, float32 or the features' better type.
        """
        feature = feats[-1]
        return feature.to(torch.promote_types(feature.dtype, torch.float32))

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Identity logits (B, num_classes) of pooled maps (B, C)."""
        return self._classify(self.pre_logits(feats))

    def _classify(self, feature: Tensor) -> Tensor:
        with torch.autocast(feature.device.type, enabled=False):
            return self.classifier(self.bnneck(feature))

    def loss(
        self, feats: Sequence[Tensor], data_samples: list[DataSample], **kwargs: Any
    ) -> dict[str, Tensor]:
        """The two terms, which mmengine adds up, and numbers for the log.

        Args:
            feats: Pooled maps (B, C); the last is taken.
            data_samples: B samples with `gt_label` in [0, num_classes).
            **kwargs: For the identity loss.

        Returns:
            `loss_identity`, `loss_triplet`; detached: `accuracy`, the share of
            images whose identity has the largest logit.

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
        # Reads a number back from the device: a wrong label there aborts the process.
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
        """Put the feature of every image into its sample.

        Args:
            feats: Pooled maps (B, C); the last is taken.
            data_samples: B samples, or `None`, as a whole or one by one, for new
                ones. Labels are not needed.

        Returns:
            The samples, with `feature` (C,).
        """
        features = self.pre_logits(feats).detach()
        given = data_samples or [None] * len(features)
        samples = [DataSample() if sample is None else sample for sample in given]
        for sample, feature in zip(samples, features, strict=True):
            sample.set_field(feature, "feature", dtype=torch.Tensor)
        return samples
