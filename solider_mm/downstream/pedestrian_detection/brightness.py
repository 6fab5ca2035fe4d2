"""Random brightness in HSV space."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from solider_mm.registry import TRANSFORMS

__all__ = ["RandomHSVBrightness"]


@TRANSFORMS.register_module()
class RandomHSVBrightness(BaseTransform):
    """Multiply the HSV value by a random factor; hue and saturation do not change.

    Modifies `img`, (H, W, 3) uint8, BGR.

    Args:
        factor_range: Smallest and largest factor of the uniform distribution.
        prob: Probability that an image is changed.

    Raises:
        ValueError: If the range is not 0 < smallest <= largest, or `prob` is not in
            [0, 1].

    Source:
        docs/reference.md §7.3. The released code converts a BGR image as if it were
        RGB (docs/reference.md §D8), which does not affect the value channel.
    """

    def __init__(
        self, *, factor_range: tuple[float, float] = (0.5, 2.0), prob: float = 0.5
    ) -> None:
        low, high = factor_range
        if not 0 < low <= high or not 0 <= prob <= 1:
            raise ValueError(
                f"factor_range is {tuple(factor_range)} and prob is {prob}, expected "
                "0 < smallest <= largest and 0 <= prob <= 1: correct them."
            )
        self.factor_range = (low, high)
        self.prob = prob

    @cache_randomness
    def _sample_factor(self) -> float:
        # mmcv's transforms share numpy's global generator, which mmengine seeds.
        if np.random.rand() >= self.prob:  # noqa: NPY002
            return 1.0
        return float(np.random.uniform(*self.factor_range))  # noqa: NPY002

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the brightness of `img`."""
        factor = self._sample_factor()
        if factor != 1.0:
            hsv = cv2.cvtColor(results["img"], cv2.COLOR_BGR2HSV)
            value = hsv[..., 2] * np.float32(factor)
            hsv[..., 2] = value.clip(max=255).astype(np.uint8)
            results["img"] = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
        return results
