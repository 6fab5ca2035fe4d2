"""SeqNet's RoI head: detection, then refinement and embedding."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmcv.ops import nms
from mmdet.models.roi_heads import BaseRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.registry import MODELS as PARTS
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import bbox2roi
from mmengine.structures import InstanceData
from torch import Tensor, nn

from solider_mm.registry import MODELS

__all__ = ["SeqRoIHead", "nms_with_limits"]

Metas = Sequence[Mapping[str, Any]]


@MODELS.register_module()
class SeqRoIHead(BaseRoIHead):
    """Two sequential heads, each with its own copy of the last λ-Swin stage.

    The first is the box head of Faster R-CNN. Its boxes are sampled again for the
    second head, which refines them and embeds the person. At test time the score is
    that of the first head, and each embedding is multiplied by it.

    Args:
        stage: Config of the `SwinRoIStage`, built once for each head.
        bbox_roi_extractor: Config of the RoI extractor on the trunk's map; its
            channels are filled in.
        bbox_head: Config of the first head, mmdet's `BBoxHead`; its channels are
            filled in.
        search_head: Config of the second head, a `SearchBBoxHead`; its channels are
            filled in.
        train_cfg: Training config of both heads with `assigner`, `sampler` and
            `pos_weight`.
        test_cfg: Test config with `score_thr`, `max_per_img` and the IoU thresholds
            of non-maximum suppression, `nms` for the first head and `final_nms` for
            the second.
        init_cfg: Initialization config of mmengine.

    Source:
        docs/reference.md §6.1, §6.4.
    """

    stages: Any
    bbox_head: Any
    search_head: Any
    bbox_roi_extractor: Any

    def __init__(
        self,
        *,
        stage: Mapping[str, Any],
        bbox_roi_extractor: Mapping[str, Any],
        bbox_head: Mapping[str, Any],
        search_head: Mapping[str, Any],
        train_cfg: Any = None,
        test_cfg: Any = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(train_cfg=train_cfg, test_cfg=test_cfg, init_cfg=init_cfg)
        self.stages = nn.ModuleList(PARTS.build(dict(stage)) for _ in range(2))
        self.init_bbox_head(bbox_roi_extractor, bbox_head, search_head)

    def init_bbox_head(
        self,
        bbox_roi_extractor: Mapping[str, Any],
        bbox_head: Mapping[str, Any],
        search_head: Mapping[str, Any],
    ) -> None:
        """Build the RoI extractor and both heads with the stage's channels."""
        before, after = self.stages[0].in_channels, self.stages[0].out_channels
        self.bbox_roi_extractor = PARTS.build(
            {**bbox_roi_extractor, "out_channels": before}
        )
        fixed = {"in_channels": after, "roi_feat_size": 1, "num_classes": 1}
        self.bbox_head = PARTS.build({**bbox_head, **fixed, "reg_class_agnostic": True})
        self.search_head = PARTS.build({**search_head, "in_channels": (before, after)})

    def init_mask_head(self) -> None:
        """Do nothing: person search has no masks."""

    def init_assigner_sampler(self) -> None:
        """Build the assigner and sampler of proposals."""
        if self.train_cfg is not None:
            self.bbox_assigner = TASK_UTILS.build(self.train_cfg.assigner)
            self.bbox_sampler = TASK_UTILS.build(
                self.train_cfg.sampler, default_args={"context": self}
            )

    def regions(
        self, x: Sequence[Tensor], rois: Tensor, head: int
    ) -> tuple[Tensor, Tensor]:
        """Pool the features of regions before and after the last stage.

        Args:
            x: Sequence with the trunk's map (B, c, H, W).
            rois: Regions (R, 5), image index first.
            head: Index of the head whose stage is used, 0 or 1.

        Returns:
            Pooled features (R, c) and (R, 2c).
        """
        # mmdet casts regions to the map's type; half precision would move them.
        maps = self.bbox_roi_extractor([x[-1].float()], rois)  # (R, c, h, w)
        return maps.mean(dim=(2, 3)), self.stages[head](maps).mean(dim=(2, 3))

    def forward(
        self, x: Sequence[Tensor], rpn_results_list: Sequence[InstanceData]
    ) -> tuple[Tensor, ...]:
        """Compute the raw outputs of both heads on the same proposals."""
        rois = bbox2roi([result.bboxes for result in rpn_results_list])
        first = self.bbox_head(self.regions(x, rois, 0)[1])
        return (*first, *self.search_head(self.regions(x, rois, 1)))

    def loss(
        self,
        x: Sequence[Tensor],
        rpn_results_list: Sequence[InstanceData],
        batch_data_samples: Sequence[Any],
    ) -> dict[str, Tensor]:
        """Compute the losses of both heads.

        Args:
            x: Sequence with the trunk's map.
            rpn_results_list: Proposals of each image with `bboxes`.
            batch_data_samples: Data samples with `gt_instances` (`bboxes`, `labels`,
                `instances_ids`).

        Returns:
            Losses of the first head with the prefix `s0.`, of the second with `s1.`.
        """
        truth = [sample.gt_instances for sample in batch_data_samples]
        metas = [sample.metainfo for sample in batch_data_samples]
        sampled = self._sample([result.bboxes for result in rpn_results_list], truth)
        rois = bbox2roi([sample.priors for sample in sampled])
        scores, deltas = self.bbox_head(self.regions(x, rois, 0)[1])
        targets = self.bbox_head.get_targets(sampled, self.train_cfg)
        losses = self.bbox_head.loss(scores, deltas, rois, *targets)
        losses = {f"s0.{name}": value for name, value in losses.items()}

        boxes = self._decode(0, rois, deltas.detach(), metas)
        sampled = self._sample(boxes, truth)
        rois = bbox2roi([sample.priors for sample in sampled])
        outputs = self.search_head(self.regions(x, rois, 1))
        targets = self.search_head.get_targets(sampled, self.train_cfg)
        identities = torch.cat([*map(_identities, sampled, truth)])
        second = self.search_head.search_loss(outputs, rois, targets, identities)
        return {**losses, **{f"s1.{name}": value for name, value in second.items()}}

    def _sample(
        self, boxes: Sequence[Tensor], truth: Sequence[InstanceData]
    ) -> list[SamplingResult]:
        sampled = []
        for proposals, people in zip(boxes, truth, strict=True):
            instances = InstanceData(priors=proposals)
            assigned = self.bbox_assigner.assign(instances, people)
            sampled.append(self.bbox_sampler.sample(assigned, instances, people))
        return sampled

    def _decode(
        self, head: int, rois: Tensor, deltas: Tensor, metas: Metas
    ) -> list[Tensor]:
        """Decode the refined boxes of each image and clip them to it."""
        coder = (self.bbox_head, self.search_head)[head].bbox_coder
        rows = [rois[:, 0] == i for i in range(len(metas))]
        return [
            coder.decode(rois[row, 1:], deltas[row], max_shape=meta["img_shape"])
            for row, meta in zip(rows, metas, strict=True)
        ]

    def predict(
        self,
        x: Sequence[Tensor],
        rpn_results_list: Sequence[InstanceData],
        batch_data_samples: Sequence[Any],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detect and embed the people of each image.

        Args:
            x: Sequence with the trunk's map.
            rpn_results_list: Proposals of each image with `bboxes`.
            batch_data_samples: Data samples with the images' metainfo.
            rescale: Whether to return boxes in pixels of the original image.

        Returns:
            Instances of each image: `bboxes` (N, 4), `scores` (N,), `labels` (N,) and
            `embeddings` (N, D), unit vectors times score.
        """
        metas = [sample.metainfo for sample in batch_data_samples]
        rois = bbox2roi([result.bboxes for result in rpn_results_list])
        logits, deltas = self.bbox_head(self.regions(x, rois, 0)[1])
        person_score = logits.softmax(dim=1)[
            :, 0
        ]  # mmdet's background is the last class
        boxes, scores = [], []
        for i, decoded in enumerate(self._decode(0, rois, deltas, metas)):
            score = person_score[rois[:, 0] == i]
            kept = nms_with_limits(decoded, score, self.test_cfg.nms, self.test_cfg)
            boxes.append(decoded[kept])
            scores.append(score[kept])
        return self._refine(x, boxes, scores, metas, rescale)

    def _refine(
        self,
        x: Sequence[Tensor],
        boxes: list[Tensor],
        scores: list[Tensor],
        metas: Metas,
        rescale: bool,
    ) -> list[InstanceData]:
        rois = bbox2roi(boxes)
        outputs = self.search_head(self.regions(x, rois, 1))
        results = []
        refined = self._decode(1, rois, outputs.deltas, metas)
        for i, (decoded, score) in enumerate(zip(refined, scores, strict=True)):
            kept = nms_with_limits(
                decoded, score, self.test_cfg.final_nms, self.test_cfg
            )
            vectors = outputs.embeddings[rois[:, 0] == i] * score[:, None]
            scale = metas[i]["scale_factor"] if rescale else (1, 1)
            results.append(
                InstanceData(
                    bboxes=decoded[kept] / decoded.new_tensor((*scale, *scale)),
                    scores=score[kept],
                    labels=score.new_zeros(len(kept), dtype=torch.long),
                    embeddings=vectors[kept],
                )
            )
        return results

    def embed(self, x: Sequence[Tensor], boxes: Sequence[Tensor]) -> list[Tensor]:
        """Embed given boxes without refinement, such as a query's.

        Args:
            x: Sequence with the trunk's map.
            boxes: Boxes (N, 4) of each image, in pixels of the network input.

        Returns:
            Unit vectors (N, D) of each image.
        """
        outputs = self.search_head(self.regions(x, bbox2roi(boxes), 1))
        return list(outputs.embeddings.split([len(box) for box in boxes]))


def nms_with_limits(boxes: Tensor, scores: Tensor, iou: float, limits: Any) -> Tensor:
    """Apply non-maximum suppression with score threshold and count limit.

    Args:
        boxes: Corners x1, y1, x2, y2, (N, 4); boxes without area are dropped.
        scores: Scores (N,).
        iou: IoU above which the box with the lower score is suppressed.
        limits: Config with `score_thr` (scores above it are kept) and `max_per_img`.

    Returns:
        Indices of the kept boxes by falling score.
    """
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
    candidates = ((scores > limits.score_thr) & has_area).nonzero()[:, 0]
    if not len(candidates):
        return candidates
    _, kept = nms(boxes[candidates].float(), scores[candidates].float(), iou)
    return candidates[kept[: limits.max_per_img].to(torch.long)]


def _identities(sampled: SamplingResult, truth: InstanceData) -> Tensor:
    """Return the identity of each sampled region, (R,): positives, then −1."""
    own = truth.instances_ids.long()[sampled.pos_assigned_gt_inds]
    return torch.cat([own, own.new_full((len(sampled.neg_priors),), -1)])
