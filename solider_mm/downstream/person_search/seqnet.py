"""SeqNet on a λ-Swin: person search in one network."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmdet.models.detectors import TwoStageDetector
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor

from solider_mm.downstream.person_search.swin_roi_stage import split_swin
from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.registry import MODELS

__all__ = ["SeqNet"]


@MODELS.register_module()
class SeqNet(TwoStageDetector):
    """A λ-Swin whose last stage is the head of the regions.

    The config gives the whole backbone once. Its stages but the last are the trunk;
    merging, modulation and last stage make the heads. A test sample with `is_query`
    holds one box in `gt_instances` (pixels of the original image): it is embedded as
    it is. All others are searched for people. Both kinds may share a batch.

    Args:
        backbone: Config of a whole `SOLIDERSwin`, with `semantic_weight` (λ).
        rpn_head: Config of mmdet's `RPNHead`; it gets the trunk's channels.
        roi_head: Config of the `SeqRoIHead`; it gets the stage.
        train_cfg: mmdet's, with `rpn`, `rpn_proposal` and `rcnn`.
        test_cfg: mmdet's, with `rpn` and `rcnn`.
        data_preprocessor: mmdet's.
        init_cfg: mmengine's.

    Raises:
        ValueError: If no λ is given.

    Source:
        docs/reference.md §6.1.
    """

    def __init__(
        self,
        *,
        backbone: Mapping[str, Any],
        rpn_head: Mapping[str, Any],
        roi_head: Mapping[str, Any],
        test_cfg: Mapping[str, Any],
        train_cfg: Mapping[str, Any] | None = None,
        data_preprocessor: Mapping[str, Any] | None = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        trunk, stage = split_swin(backbone)
        arch = SwinArch.of(backbone.get("arch", "tiny"))
        width = dict.fromkeys(("in_channels", "feat_channels"), arch.num_features[-2])
        super().__init__(
            backbone=ConfigDict(trunk),
            rpn_head=ConfigDict({**rpn_head, **width}),
            roi_head=ConfigDict({**roi_head, "stage": stage}),
            train_cfg=None if train_cfg is None else ConfigDict(train_cfg),
            test_cfg=ConfigDict(test_cfg),
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: Sequence[Any],
        rescale: bool = True,
    ) -> Sequence[Any]:
        """Embed the queries of a batch, find and embed the people of its frames.

        Args:
            batch_inputs: Images (B, 3, H, W).
            batch_data_samples: Their data samples.
            rescale: Whether to give boxes in the original image.

        Returns:
            The data samples with `pred_instances`: `bboxes`, `scores`, `labels`,
            `embeddings`.
        """
        x = self.extract_feat(batch_inputs)
        asked = [sample.get("is_query", False) for sample in batch_data_samples]
        results: list[InstanceData] = [InstanceData()] * len(asked)
        frames = [i for i, is_query in enumerate(asked) if not is_query]
        queries = [i for i, is_query in enumerate(asked) if is_query]
        if frames:
            samples = [batch_data_samples[i] for i in frames]
            maps = [level[frames] for level in x]
            proposals = self.rpn_head.predict(maps, samples, rescale=False)
            found = self.roi_head.predict(maps, proposals, samples, rescale=rescale)
            for i, result in zip(frames, found, strict=True):
                results[i] = result
        if queries:
            samples = [batch_data_samples[i] for i in queries]
            maps = [level[queries] for level in x]
            for i, result in zip(queries, self._embed(maps, samples), strict=True):
                results[i] = result
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _embed(self, x: Sequence[Tensor], samples: Sequence[Any]) -> list[InstanceData]:
        """Embeddings of the given boxes; their score is 1."""
        given = [sample.gt_instances.bboxes.to(x[0]) for sample in samples]
        scales = [given[0].new_tensor(s.scale_factor).repeat(2) for s in samples]
        boxes = [box * scale for box, scale in zip(given, scales, strict=True)]
        return [
            InstanceData(
                bboxes=box,
                scores=box.new_ones(len(box)),
                labels=box.new_zeros(len(box)).long(),
                embeddings=embeddings,
            )
            for box, embeddings in zip(
                given, self.roi_head.embed(x, boxes), strict=True
            )
        ]
