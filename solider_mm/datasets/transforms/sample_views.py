"""Sampling of the views of an image: crop, flip, color, blur."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams
from solider_mm.registry import TRANSFORMS

__all__ = ["SampleViews", "ViewKind"]

_ATTEMPTS = 10  # boxes per view, as in torchvision's RandomResizedCrop


class ViewKind(NamedTuple):
    """Views with the same distribution.

    Attributes:
        size: (H, W) of the view.
        area: Smallest and largest share of the image's area that is cropped.
        blur_prob: Probability of blur.
        solarize_prob: Probability of solarization.
        num: Number of views.
    """

    size: tuple[int, int]
    area: tuple[float, float]
    blur_prob: float = 0.0
    solarize_prob: float = 0.0
    num: int = 1


@TRANSFORMS.register_module()
class SampleViews(BaseTransform):
    """Sample the views of an image, to be rendered by `RenderViews` or on the device.

    **Required keys:** `img_shape`. **Added keys:** `views`, a list of `ViewParams`, and
    `view_sizes`, a list of (H, W).

    All random numbers come from NumPy's global generator, which `PersonImages` seeds
    for each sample.

    Args:
        views: One dict per kind of view, with the attributes of `ViewKind`.
        aspect_ratio: Smallest and largest width over height of the cropped box,
            sampled uniformly on a logarithmic scale.
        flip_prob: Probability of a horizontal flip.
        jitter_prob: Probability of color jitter.
        brightness: Largest deviation of the brightness factor from 1.
        contrast: Largest deviation of the contrast factor from 1.
        saturation: Largest deviation of the saturation factor from 1.
        hue: Largest shift of the hue, in turns of the color wheel.
        gray_prob: Probability of conversion to gray.
        blur_radius: Smallest and largest standard deviation of the blur in pixels.

    Raises:
        ValueError: If a range or probability is invalid.

    Source:
        docs/reference.md §2.4.
    """

    def __init__(  # noqa: PLR0913  (numbers of the recipe, with the authors' values)
        self,
        views: Sequence[Mapping[str, Any]],
        *,
        aspect_ratio: tuple[float, float] = (0.4, 0.6),
        flip_prob: float = 0.5,
        jitter_prob: float = 0.8,
        brightness: float = 0.4,
        contrast: float = 0.4,
        saturation: float = 0.2,
        hue: float = 0.1,
        gray_prob: float = 0.2,
        blur_radius: tuple[float, float] = (0.1, 2.0),
    ) -> None:
        kinds = [ViewKind(**kind) for kind in views]
        self.kinds = [kind for kind in kinds for _ in range(kind.num)]
        self.sizes = [(int(h), int(w)) for h, w in (kind.size for kind in self.kinds)]
        self.log_ratio = _log(_range("aspect_ratio", aspect_ratio))
        self.area = np.array([_range("area", kind.area) for kind in self.kinds])
        self.flip_prob = _probability("flip_prob", flip_prob)
        self.jitter_prob = _probability("jitter_prob", jitter_prob)
        self.spread = np.array([brightness, contrast, saturation, hue])
        if not (self.spread[:3].min() >= 0 and self.spread.max() <= 1 and hue <= 0.5):
            raise ValueError(
                f"brightness, contrast, saturation, hue = {self.spread.tolist()}: "
                "expected numbers in [0, 1], and hue in [0, 0.5]; correct them."
            )
        self.gray_prob = _probability("gray_prob", gray_prob)
        self.blur_radius = _range("blur_radius", blur_radius)
        self.blur_prob = [_probability("blur_prob", k.blur_prob) for k in self.kinds]
        self.solarize_prob = [
            _probability("solarize_prob", k.solarize_prob) for k in self.kinds
        ]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Sample the views."""
        boxes = self._boxes(*results["img_shape"])
        # One call for all numbers except the boxes.
        chance = np.random.random((len(self.kinds), 11))  # noqa: NPY002
        results["views"] = [
            self._params(view, box, row)
            for view, (box, row) in enumerate(zip(boxes, chance.tolist(), strict=True))
        ]
        results["view_sizes"] = self.sizes
        return results

    def _params(
        self, view: int, box: Sequence[int], chance: Sequence[float]
    ) -> ViewParams:
        """Turn uniform random numbers into the parameters of a view."""
        flip, jitter, gray, blur, solarize, order, radius, *color = chance
        factors = [1.0, 1.0, 1.0, 0.0]
        if jitter < self.jitter_prob:
            pairs = zip(factors, self.spread.tolist(), color, strict=True)
            factors = [middle + spread * (2 * u - 1) for middle, spread, u in pairs]
        brightness, contrast, saturation, hue = factors
        low, high = self.blur_radius
        blurred = blur < self.blur_prob[view]
        top, left, height, width = box
        return ViewParams(
            top=top,
            left=left,
            height=height,
            width=width,
            flip=flip < self.flip_prob,
            order=int(order * len(COLOR_ORDERS)),
            brightness=brightness,
            contrast=contrast,
            saturation=saturation,
            hue=hue,
            gray=gray < self.gray_prob,
            blur=low + radius * (high - low) if blurred else 0.0,
            solarize=solarize < self.solarize_prob[view],
        )

    def _boxes(self, height: int, width: int) -> list[list[int]]:
        """Sample a box (top, left, height, width) for every view.

        The first of ten random shapes that fits; if none does, the largest centered
        box of an allowed shape.
        """
        u = np.random.random((4, len(self.kinds), _ATTEMPTS))  # noqa: NPY002
        low, high = self.area[:, :1], self.area[:, 1:]
        area = height * width * (low + (high - low) * u[0])  # (V, attempts)
        start, end = self.log_ratio
        root = np.exp(0.5 * (start + (end - start) * u[1]))
        tall = np.rint(np.sqrt(area) / root).astype(np.int64)
        wide = np.rint(np.sqrt(area) * root).astype(np.int64)
        fits = (tall > 0) & (tall <= height) & (wide > 0) & (wide <= width)
        first, view = fits.argmax(1), np.arange(len(u[0]))
        tall, wide = tall[view, first], wide[view, first]
        none = ~fits.any(1)
        tall[none], wide[none] = self._largest(height, width)
        top = np.floor(u[2, :, 0] * (height - tall + 1)).astype(np.int64)
        left = np.floor(u[3, :, 0] * (width - wide + 1)).astype(np.int64)
        top[none], left[none] = (height - tall[none]) // 2, (width - wide[none]) // 2
        boxes: NDArray[np.int64] = np.stack([top, left, tall, wide], axis=1)
        return boxes.tolist()

    def _largest(self, height: int, width: int) -> tuple[int, int]:
        lowest, highest = (math.exp(edge) for edge in self.log_ratio)
        ratio = min(max(width / height, lowest), highest)
        tall = min(height, round(width / ratio))
        wide = min(width, round(height * ratio))
        return max(tall, 1), max(wide, 1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.kinds)} views)"


def _range(name: str, pair: Sequence[float]) -> tuple[float, float]:
    low, high = (float(edge) for edge in pair)
    if not 0 < low <= high or (name == "area" and high > 1):
        raise ValueError(
            f"{name}={tuple(pair)}: expected two rising numbers above 0"
            f"{' and at most 1' if name == 'area' else ''}; correct them."
        )
    return low, high


def _log(pair: tuple[float, float]) -> tuple[float, float]:
    return math.log(pair[0]), math.log(pair[1])


def _probability(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"{name}={value}: expected a probability in [0, 1].")
    return float(value)
