"""Segmentor with test-time augmentation and predictions at the image's size."""

from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor

from solider_mm.downstream.human_parsing.affine import unwarp_labels
from solider_mm.downstream.human_parsing.ce2p_branches import upsample
from solider_mm.downstream.human_parsing.tta import (
    fuse_mirrored,
    mean_over_scales,
    mirrored_order,
    scaled_size,
)
from solider_mm.registry import MODELS

__all__ = ["PersonParser"]


@MODELS.register_module()
class PersonParser(EncoderDecoder):
    """mmseg's `EncoderDecoder` for images transformed by `PersonAffine`.

    The logits of all augmented copies of a crop are averaged at the size of the crop.
    The predicted classes are then warped back to the image by nearest neighbors, 0
    outside of the crop. Images without `warp_matrix` are processed as in mmseg.

    `test_cfg` may contain, in addition to mmseg's keys:

    - `scales`: Scales of test-time augmentation, such as (0.5, 0.75, 1, 1.25, 1.5);
      (1,) by default.
    - `flip`: Whether each scale is also evaluated on the mirrored image.
    - `flip_pairs`: Pairs (left, right) of classes that swap in the mirrored image.
    - `validate_all_views`: Whether validation during training uses test-time
      augmentation too; False by default.

    Args:
        **kwargs: Arguments of mmseg's `EncoderDecoder`.

    Raises:
        ValueError: If a scale is not positive or the pairs do not match the classes.

    Source:
        docs/reference.md §8.6.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        cfg = dict(self.test_cfg or {})
        self.scales = tuple(float(scale) for scale in cfg.get("scales", (1.0,)))
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(
                f"test_cfg.scales={self.scales}: expected positive numbers; use (1,) "
                "for the original size."
            )
        self.flip = bool(cfg.get("flip", False))
        self.order = mirrored_order(self.out_channels, cfg.get("flip_pairs", ()))
        self._validates_all = bool(cfg.get("validate_all_views", False))
        self._one_view = False

    def val_step(self, data: Any) -> list[SegDataSample]:
        """Predict for validation.

        Args:
            data: Batch of the loader.

        Returns:
            Samples with their predictions.
        """
        self._one_view = not self._validates_all
        try:
            return super().val_step(data)
        finally:
            self._one_view = False

    def inference(
        self, inputs: Tensor, batch_img_metas: list[dict[str, Any]]
    ) -> Tensor:
        """Compute the mean logits over all augmented copies.

        Args:
            inputs: Normalized crops (B, 3, H, W).
            batch_img_metas: Metadata of the crops.

        Returns:
            Logits (B, classes, H, W).
        """
        size = tuple(inputs.shape[2:])
        # mmseg warns in every batch if the original images differ in size.
        batch_img_metas = [{**meta, "ori_shape": size} for meta in batch_img_metas]
        if self._one_view or (self.scales == (1.0,) and not self.flip):
            return upsample(super().inference(inputs, batch_img_metas), size)
        logits = (
            self._logits(upsample(inputs, scaled_size(size, scale)), batch_img_metas)
            for scale in self.scales
        )
        return mean_over_scales(logits, size)

    def postprocess_result(
        self, seg_logits: Tensor, data_samples: list[SegDataSample] | None = None
    ) -> list[SegDataSample]:
        """Warp the predicted classes back to the images.

        Args:
            seg_logits: Logits of the crops, (B, classes, H, W).
            data_samples: Samples of the batch.

        Returns:
            Samples with `pred_sem_seg` (1, H_image, W_image) and the crop's
            `seg_logits` (classes, H, W).
        """
        warped = [s for s in data_samples or [] if s.get("warp_matrix") is not None]
        if data_samples is None or len(warped) < len(data_samples):
            return super().postprocess_result(seg_logits, data_samples)
        crops = seg_logits.argmax(1).to(torch.uint8).cpu().numpy()
        for sample, logits, crop in zip(data_samples, seg_logits, crops, strict=True):
            labels = unwarp_labels(crop, sample.warp_matrix, sample.ori_shape[:2])
            prediction = torch.from_numpy(labels).to(seg_logits.device, torch.int64)
            sample.set_data(
                {
                    "seg_logits": PixelData(data=logits),
                    "pred_sem_seg": PixelData(data=prediction[None]),
                }
            )
        return data_samples

    def _logits(self, crops: Tensor, batch_img_metas: list[dict[str, Any]]) -> Tensor:
        """Compute the logits of one scale, averaged over flips if `flip` is set."""
        logits = super().inference(crops, batch_img_metas)
        if not self.flip:
            return logits
        mirrored = super().inference(crops.flip(3), batch_img_metas)
        return fuse_mirrored(logits, mirrored, self.order)
