"""SeqNet's second head: box refinement and norm-aware embedding."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmdet.registry import MODELS as PARTS
from torch import Tensor

from solider_mm.downstream.person_search.norm_aware_embedding import normed_linear
from solider_mm.registry import MODELS

__all__ = ["SearchBBoxHead", "SearchOutputs"]


class SearchOutputs(NamedTuple):
    """Outputs for R regions.

    Attributes:
        logits: Person logits, (R, 1).
        deltas: Box deltas, (R, 4).
        embeddings: Unit vectors, (R, D).
    """

    logits: Tensor
    deltas: Tensor
    embeddings: Tensor


@MODELS.register_module()
class SearchBBoxHead(BBoxHead):
    """Box regression and norm-aware embedding of regions.

    Args:
        in_channels: Channels of a region before and after the last stage.
        embedding: Config of the embedding; `in_channels` is filled in.
        loss_oim: Config of the identity loss; `channels` is filled in.
        bbox_coder: Config of the box coder.
        loss_cls: Config of the loss of the person logit, with sigmoid.
        loss_bbox: Config of the box regression loss.

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

    def forward(self, features: Sequence[Tensor]) -> SearchOutputs:
        """Compute logits, box deltas and embeddings of regions.

        Args:
            features: Pooled features (R, c) before and (R, 2c) after the last stage.

        Returns:
            Outputs of all regions.
        """
        embeddings, logits = self.embedding(features)
        return SearchOutputs(logits[:, None], self.fc_reg(features[-1]), embeddings)

    def search_loss(
        self,
        outputs: SearchOutputs,
        rois: Tensor,
        targets: Sequence[Tensor],
        identities: Tensor,
    ) -> dict[str, Tensor]:
        """Compute the losses of one batch.

        Args:
            outputs: Outputs of `forward`.
            rois: Regions (R, 5), image index first.
            targets: Targets of `get_targets`: labels (R,) (0 person, 1 background),
                label weights, box targets (R, 4) and box weights.
            identities: Identities of the regions, −1 if unlabeled, (R,); background
                regions are ignored.

        Returns:
            `loss_cls`, `loss_bbox` and `loss_oim`.
        """
        losses: dict[str, Tensor] = self.loss(
            outputs.logits, outputs.deltas, rois, *targets
        )
        losses.pop("acc", None)  # mmdet's accuracy needs two classes
        person = targets[0] == 0
        losses["loss_oim"] = self.loss_oim(
            outputs.embeddings[person], identities[person]
        )
        return losses
