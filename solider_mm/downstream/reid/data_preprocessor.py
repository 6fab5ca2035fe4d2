"""Data preprocessor with random erasing after the normalization."""

from collections.abc import Sequence
from typing import Any

from mmpretrain.models import ClsDataPreprocessor

from solider_mm.downstream.reid.random_erasing import check_erasing, erase_random_boxes
from solider_mm.registry import MODELS

__all__ = ["PersonReIDDataPreprocessor"]


@MODELS.register_module()
class PersonReIDDataPreprocessor(ClsDataPreprocessor):
    """mmpretrain's preprocessor with random erasing after the normalization.

    mmpretrain's transform `RandomErasing` works on 8-bit images and clips noise with
    the standard deviation of normalized images at ± 1. Here the whole batch is erased
    on the device, in training only. mmdet has a `ReIDDataPreprocessor`, hence the
    longer name.

    Args:
        erasing_probability: Probability that a box of an image is erased; 0 disables
            erasing.
        erasing_area: Smallest and largest area of the box as a share of the image,
            sampled uniformly.
        erasing_aspect: Smallest and largest height / width, sampled log-uniformly.
        **kwargs: Arguments of `ClsDataPreprocessor`: `mean`, `std`, `to_rgb` and so on.
            The official code normalizes by 127.5 and 127.5, although the pretraining
            used ImageNet's statistics (docs/reference.md §R2).

    Raises:
        ValueError: If an erasing argument is out of range, or erasing is enabled
            without normalization.

    Source:
        docs/reference.md §4.3: probability 0.5, area 2–33 %, aspect 0.3–3.3, one box.
    """

    def __init__(
        self,
        *,
        erasing_probability: float = 0.5,
        erasing_area: Sequence[float] = (0.02, 1 / 3),
        erasing_aspect: Sequence[float] = (0.3, 1 / 0.3),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.erasing_probability = erasing_probability
        self.erasing_area = (erasing_area[0], erasing_area[1])
        self.erasing_aspect = (erasing_aspect[0], erasing_aspect[1])
        check_erasing(erasing_probability, self.erasing_area, self.erasing_aspect)
        if erasing_probability > 0 and not self._enable_normalize:
            raise ValueError(
                f"erasing_probability={erasing_probability} without mean and std: "
                "expected normalized images, as the noise has standard deviation 1; "
                "pass mean and std, or erasing_probability=0"
            )

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Stack, normalize and, in training, erase.

        Args:
            data: Dict with `inputs`, images (C, H, W) uint8 or a stack of them, and
                `data_samples`.
            training: Whether to erase.

        Returns:
            Dict with `inputs` (B, C, H, W) float32 and `data_samples`.
        """
        batch = super().forward(data, training)
        if training and self.erasing_probability > 0:
            batch["inputs"] = erase_random_boxes(
                batch["inputs"],
                probability=self.erasing_probability,
                area=self.erasing_area,
                aspect=self.erasing_aspect,
            )
        return batch
