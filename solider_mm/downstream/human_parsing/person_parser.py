"""The segmentor: views at test time, and results on the image they came from."""

from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor

from solider_mm.downstream.human_parsing.affine import unwarp_labels
from solider_mm.downstream.human_parsing.ce2p_branches import upsample
from solider_mm.downstream.human_parsing.test_time_augmentation import (
    fuse_mirrored,
    mean_over_scales,
    mirrored_order,
    scaled_size,
)
from solider_mm.registry import MODELS

__all__ = ["PersonParser"]


@MODELS.register_module()
class PersonParser(EncoderDecoder):
    """mmseg's `EncoderDecoder` for images that went through `PersonAffine`.

    The logits of all views of an image are averaged at the size of the crop; the class
    of every pixel is then taken back to the image by the inverse of its warp, by
    nearest neighbors, 0 outside. Images without `warp_matrix` end as in mmseg.

    `test_cfg` may hold, besides what mmseg reads:

    - `scales`: of the views, for example (0.5, 0.75, 1, 1.25, 1.5); (1,) by default;
    - `flip`: whether every view is seen in the mirror too;
    - `flip_pairs`: (left, right) classes that change places in the mirror.

    They are for tests; validation during training takes one view, unless `test_cfg`
    says `validate_all_views=True`.

    Args:
        **kwargs: See mmseg's `EncoderDecoder`.

    Raises:
        ValueError: If a scale is not positive or the pairs do not fit the classes.

    Source:
        docs/reference.md §8.6; λ is the backbone's.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        cfg = dict(self.test_cfg or {})
        self.scales = tuple(float(scale) for scale in cfg.get("scales", (1.0,)))
        if not self.scales or min(self.scales) <= 0:
            raise ValueError(
                f"test_cfg.scales={self.scales}: expected positive numbers, (1,) for "
                "the image as it is."
            )
        self.flip = bool(cfg.get("flip", False))
        self.order = mirrored_order(self.out_channels, cfg.get("flip_pairs", ()))
        self._validates_all = bool(cfg.get("validate_all_views", False))
        self._one_view = False

    def val_step(self, data: Any) -> list[SegDataSample]:
        """Predict for validation.

        Args:
            data: A batch of the loader.

        Returns:
            The samples with their predictions.
        """
        self._one_view = not self._validates_all
        try:
            return super().val_step(data)
        finally:
            self._one_view = False

    def inference(
        self, inputs: Tensor, batch_img_metas: list[dict[str, Any]]
    ) -> Tensor:
        """Mean of the logits over all views.

        Args:
            inputs: Normalized crops (B, 3, H, W).
            batch_img_metas: Of the crops.

        Returns:
            (B, classes, H, W).
        """
        size = tuple(inputs.shape[2:])
        # mmseg would warn in every batch that its photos differ in size.
        batch_img_metas = [{**meta, "ori_shape": size} for meta in batch_img_metas]
        if self._one_view or (self.scales == (1.0,) and not self.flip):
            return upsample(super().inference(inputs, batch_img_metas), size)
        views = (
            self._see(upsample(inputs, scaled_size(size, scale)), batch_img_metas)
            for scale in self.scales
        )
        return mean_over_scales(views, size)

    def postprocess_result(
        self, seg_logits: Tensor, data_samples: list[SegDataSample] | None = None
    ) -> list[SegDataSample]:
        """Take the class of every pixel back to its image.

        Args:
            seg_logits: (B, classes, H, W) of the crops.
            data_samples: Of the batch.

        Returns:
            The samples with `pred_sem_seg` (1, H_image, W_image), and `seg_logits`
            (classes, H, W) of the crop.
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

    def _see(self, view: Tensor, batch_img_metas: list[dict[str, Any]]) -> Tensor:
        """Logits of one view, with its mirror image if asked for."""
        logits = super().inference(view, batch_img_metas)
        if not self.flip:
            return logits
        mirrored = super().inference(view.flip(3), batch_img_metas)
        return fuse_mirrored(logits, mirrored, self.order)
