"""Affine crop of a person image to a fixed size."""

from dataclasses import replace
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from solider_mm.downstream.human_parsing.affine import crop_matrix, fit_box, warp
from solider_mm.registry import TRANSFORMS

__all__ = ["PersonAffine"]


@TRANSFORMS.register_module()
class PersonAffine(BaseTransform):
    """Warp a whole image to a fixed size, with random scale and rotation in training.

    Outside of the image the crop is black and its label is `ignore_index`. Label maps
    that are already loaded are warped too; load them afterwards to evaluate at the
    image's own size. `warp_matrix` maps the image to the crop. Put it into `meta_keys`
    so that `PersonParser` can warp the prediction back.

    Args:
        size: Crop size (H, W).
        scale_std: Standard deviation σ of the scale; the box is scaled by a factor
            from N(1, σ), clipped to 1 ± σ.
        angle_std: Standard deviation σ of the rotation in degrees, from N(0, σ),
            clipped to ± 2σ.
        angle_prob: Probability of a rotation.
        ignore_index: Label outside of the image.

    Raises:
        ValueError: If a size, a deviation or the probability is out of range.

    Source:
        docs/reference.md §8.4 (training: 0.25, 30 degrees, 0.6).
    """

    def __init__(
        self,
        *,
        size: tuple[int, int],
        scale_std: float = 0.0,
        angle_std: float = 0.0,
        angle_prob: float = 0.6,
        ignore_index: int = 255,
    ) -> None:
        if len(size) != 2 or min(size) < 2:
            raise ValueError(
                f"size={size}: expected (H, W) of at least 2 pixels each; correct it."
            )
        if not 0 <= scale_std < 1 or angle_std < 0 or not 0 <= angle_prob <= 1:
            raise ValueError(
                f"scale_std={scale_std}, angle_std={angle_std}, "
                f"angle_prob={angle_prob}: expected [0, 1), 0 or more, and [0, 1]; "
                "correct them."
            )
        self.size = (int(size[0]), int(size[1]))
        self.scale_std = scale_std
        self.angle_std = angle_std
        self.angle_prob = angle_prob
        self.ignore_index = ignore_index

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Warp the image and the label maps loaded so far.

        Args:
            results: Results with `img` (H, W, 3) and, if labels are loaded,
                `seg_fields`.

        Returns:
            The same dict with the additional `warp_matrix` (2, 3).
        """
        box = fit_box(results["img"].shape[:2], self.size)
        scale, angle = self._sample_params()
        box = replace(box, width=box.width * scale)
        matrix = crop_matrix(box, self.size, angle=angle)
        results["img"] = warp(
            results["img"], matrix, self.size, border=0, nearest=False
        )
        for key in results.get("seg_fields", []):
            results[key] = warp(
                results[key],
                matrix,
                self.size,
                border=self.ignore_index,
                nearest=True,
            )
        results["img_shape"] = results["pad_shape"] = self.size
        results["warp_matrix"] = matrix
        return results

    def _sample_params(self) -> tuple[float, float]:
        """Sample scale and angle from numpy's generator, which mmengine seeds."""
        scale, angle = 1.0, 0.0
        if self.scale_std:
            low, high = 1 - self.scale_std, 1 + self.scale_std
            scale = float(np.clip(np.random.normal(1, self.scale_std), low, high))  # noqa: NPY002
        if self.angle_std and np.random.rand() < self.angle_prob:  # noqa: NPY002
            limit = 2 * self.angle_std
            angle = float(np.clip(np.random.normal(0, self.angle_std), -limit, limit))  # noqa: NPY002
        return scale, angle

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(size={self.size}, scale_std={self.scale_std}, "
            f"angle_std={self.angle_std}, angle_prob={self.angle_prob})"
        )
