"""Random brightness in the HSV space."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from solider_mm.registry import TRANSFORMS

__all__ = ["RandomHSVBrightness"]


@TRANSFORMS.register_module()
class RandomHSVBrightness(BaseTransform):
    """Multiply the value of HSV by a random factor; hue and saturation stay.

    Changes ``img`` (H, W, 3) uint8, BGR.

    Args:
        factor_range: Least and largest factor, drawn uniformly.
        prob: How often an image is changed at all.

    Raises:
        ValueError: If the range is not 0 < least <= largest, or `prob` not in [0, 1].

    Source:
        docs/reference.md §7.3 (docs/reference.md §D8: the order of the channels does not matter for it).
    """

    def __init__(
        self, *, factor_range: tuple[float, float] = (0.5, 2.0), prob: float = 0.5
    ) -> None:
        low, high = factor_range
        if not 0 < low <= high or not 0 <= prob <= 1:
            raise ValueError(
                f"factor_range {tuple(factor_range)} and prob {prob} were given; "
                "expected 0 < least <= largest and 0 <= prob <= 1: correct them."
            )
        self.factor_range = (low, high)
        self.prob = prob

    @cache_randomness
    def _draw(self) -> float:
        # mmcv's transforms share numpy's global generator, which mmengine seeds.
        if np.random.rand() >= self.prob:  # noqa: NPY002
            return 1.0
        return float(np.random.uniform(*self.factor_range))  # noqa: NPY002

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image."""
        factor = self._draw()
        if factor != 1.0:
            hsv = cv2.cvtColor(results["img"], cv2.COLOR_BGR2HSV)
            value = hsv[..., 2] * np.float32(factor)
            hsv[..., 2] = value.clip(max=255).astype(np.uint8)
            results["img"] = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
        return results
