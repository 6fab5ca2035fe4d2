"""SeqNet on a λ-Swin: end-to-end person search."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmdet.models.detectors import TwoStageDetector
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor

from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.registry import MODELS

__all__ = ["SeqNet", "split_swin"]

# Arguments of the complete Swin that its last stage shares.
_SHARED = (
    "arch",
    "window_size",
    "strides",
    "drop_path_rate",
    "with_cp",
    "semantic_weight",
    "frozen_semantic",
    "init_cfg",
)


@MODELS.register_module()
class SeqNet(TwoStageDetector):
    """Two-stage person search with the last λ-Swin stage as RoI head.

    The config describes the complete backbone once. All stages except the last form
    the trunk; patch merging, semantic controller and last stage form the RoI heads. A
    test sample with `is_query` has one box in `gt_instances` (pixels of the original
    image), which is embedded without detection. In all other samples people are
    detected. A batch may contain both kinds.

    Args:
        backbone: Config of a complete `SOLIDERSwin` with `semantic_weight` (λ).
        rpn_head: Config of mmdet's `RPNHead`; its channels are filled in.
        roi_head: Config of the `SeqRoIHead`; its stage is filled in.
        train_cfg: Training config of mmdet with `rpn`, `rpn_proposal` and `rcnn`.
        test_cfg: Test config of mmdet with `rpn` and `rcnn`.
        data_preprocessor: Data preprocessor config of mmdet.
        init_cfg: Initialization config of mmengine.

    Raises:
        ValueError: If λ is missing.

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
        """Embed the queries of a batch; detect and embed the people of its frames.

        Args:
            batch_inputs: Images (B, 3, H, W).
            batch_data_samples: Data samples of the images.
            rescale: Whether to return boxes in pixels of the original image.

        Returns:
            Data samples with `pred_instances`: `bboxes`, `scores`, `labels` and
            `embeddings`.
        """
        x = self.extract_feat(batch_inputs)
        query_flags = [sample.get("is_query", False) for sample in batch_data_samples]
        results: list[InstanceData] = [InstanceData()] * len(query_flags)
        frames = [i for i, is_query in enumerate(query_flags) if not is_query]
        queries = [i for i, is_query in enumerate(query_flags) if is_query]
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
        """Return the given boxes as instances with embeddings and score 1."""
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


def split_swin(backbone: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split the config of a complete λ-Swin into a trunk and a RoI stage.

    Args:
        backbone: Config of a `SOLIDERSwin`; its `out_indices` are ignored.

    Returns:
        Configs of the trunk, a `SOLIDERSwin` without the last stage, and of the
        `SwinRoIStage`.

    Raises:
        ValueError: If λ is missing.
    """
    complete = dict(backbone)
    complete.pop("out_indices", None)
    if complete.get("semantic_weight") is None:
        raise ValueError(
            "the backbone has no semantic_weight (λ): set it in the config, 0.6 for "
            "person search"
        )
    last = len(SwinArch.of(complete.get("arch", "tiny")).depths) - 1
    stage = {key: complete[key] for key in _SHARED if key in complete}
    trunk = {**complete, "out_indices": (last - 1,)}
    return trunk, {"type": "solider_mm.SwinRoIStage", **stage}
