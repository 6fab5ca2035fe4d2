"""The second head: refine the box, say whether it is a person, and who."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmdet.registry import MODELS as PARTS
from torch import Tensor

from solider_mm.downstream.person_search.norm_aware_embedding import normed_linear
from solider_mm.registry import MODELS

__all__ = ["SearchBBoxHead"]


@MODELS.register_module()
class SearchBBoxHead(BBoxHead):
    """Box regression and norm-aware embedding of regions.

    Args:
        in_channels: Of the region before and after the last stage.
        embedding: Config of the embedding; it gets `in_channels`.
        loss_oim: Config of the identity loss.
        bbox_coder: Config of the box coder.
        loss_cls: Config of the loss of the person logit, a sigmoid one.
        loss_bbox: Config of the loss of the box.

    Source:
        docs/reference.md §6.1, second head.
    """

    def __init__(
        self,
        *,
        in_channels: Sequence[int],
        embedding: Mapping[str, Any],
        loss_oim: Mapping[str, Any],
        bbox_coder: Mapping[str, Any],
        loss_cls: Mapping[str, Any],
        loss_bbox: Mapping[str, Any],
    ) -> None:
        super().__init__(
            with_cls=False,
            roi_feat_size=1,
            in_channels=in_channels[-1],
            num_classes=1,
            reg_class_agnostic=True,
            bbox_coder=dict(bbox_coder),
            loss_cls=dict(loss_cls),
            loss_bbox=dict(loss_bbox),
            init_cfg=[],
        )
        self.fc_reg = normed_linear(in_channels[-1], self.bbox_coder.encode_size)
        self.embedding = PARTS.build({**embedding, "in_channels": tuple(in_channels)})
        self.loss_oim = PARTS.build({**loss_oim, "channels": self.embedding.channels})

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Describe regions.

        Args:
            features: Pooled features before and after the last stage, (R, c), (R, 2c).

        Returns:
            Person logits (R, 1), box deltas (R, 4), unit embeddings (R, D).
        """
        embeddings, logits = self.embedding(features)
        return logits[:, None], self.fc_reg(features[-1]), embeddings

    def search_loss(
        self,
        outputs: tuple[Tensor, Tensor, Tensor],
        rois: Tensor,
        targets: Sequence[Tensor],
        identities: Tensor,
    ) -> dict[str, Tensor]:
        """Losses of one batch.

        Args:
            outputs: Of `forward`.
            rois: Regions (R, 5), image number first.
            targets: Of `get_targets`: labels (R,) (0 person, 1 background), their
                weights, box targets (R, 4) and their weights.
            identities: Of the regions (R,), −1 without a name; read at people only.

        Returns:
            `loss_cls`, `loss_bbox` and `loss_oim`.
        """
        logits, deltas, embeddings = outputs
        losses: dict[str, Tensor] = self.loss(logits, deltas, rois, *targets)
        losses.pop("acc", None)  # of two classes; there is one logit here
        person = targets[0] == 0
        losses["loss_oim"] = self.loss_oim(embeddings[person], identities[person])
        return losses
