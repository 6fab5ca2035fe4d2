"""Rendering of sampled views, image by image, on 8-bit pixels."""

import math
from collections.abc import Callable
from typing import Any, cast

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams
from solider_mm.registry import TRANSFORMS

__all__ = ["RenderViews", "render_view"]

Picture = NDArray[Any]  # 8 bits per channel; OpenCV's types know less

_SOLARIZED = np.where(np.arange(256) < 128, np.arange(256), 255 - np.arange(256))
_SOLARIZED = _SOLARIZED.astype(np.uint8)


def render_view(image: Picture, params: ViewParams, size: tuple[int, int]) -> Picture:
    """Render one view.

    Args:
        image: Image (H, W, 3) uint8 BGR.
        params: Parameters of the view.
        size: (h, w) of the view.

    Returns:
        View (3, h, w) uint8 BGR.
    """
    view = _crop(image, params, size)
    if params.flip:
        view = cv2.flip(view, 1)
    for change in COLOR_ORDERS[params.order]:
        view = _CHANGES[change](view, getattr(params, change))
    if params.gray:
        view = _gray_planes(view)
    if params.blur > 0:
        view = _blur(view, params.blur)
    if params.solarize:
        view = cv2.LUT(view, _SOLARIZED)
    planes = np.empty((3, *size), dtype=np.uint8)
    cv2.split(view, list(planes))
    return planes


def _crop(image: Picture, params: ViewParams, size: tuple[int, int]) -> Picture:
    """Crop and resize like Pillow's bicubic filter, several times as fast."""
    rows = slice(params.top, params.top + params.height)
    columns = slice(params.left, params.left + params.width)
    box = torch.from_numpy(image[rows, columns]).permute(2, 0, 1)[None]
    planes = F.interpolate(box, size, mode="bicubic", antialias=True)[0].numpy()
    return cv2.merge(list(planes))  # (h, w, 3)


def _brightness(view: Picture, factor: float) -> Picture:
    return view if factor == 1 else _affine(view, factor, 0.0)


def _contrast(view: Picture, factor: float) -> Picture:
    if factor == 1:
        return view
    gray = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
    mean = round(cast("tuple[float, ...]", cv2.mean(gray))[0])
    return _affine(view, factor, (1 - factor) * mean)


def _saturation(view: Picture, factor: float) -> Picture:
    if factor == 1:
        return view
    gray = _gray_planes(view)
    return cv2.addWeighted(view, factor, gray, 1 - factor, 0.0)


def _hue(view: Picture, turns: float) -> Picture:
    shift = round(180 * turns)
    if shift == 0:
        return view
    # OpenCV's 8-bit hue is in half degrees; the variant scaled to 256 is slower.
    hsv = cv2.cvtColor(view, cv2.COLOR_BGR2HSV)
    turned = ((np.arange(256) + shift) % 180).astype(np.uint8)
    cv2.insertChannel(cv2.LUT(cv2.extractChannel(hsv, 0), turned), hsv, 0)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)


_CHANGES: dict[str, Callable[[Picture, float], Picture]] = {
    "brightness": _brightness,
    "contrast": _contrast,
    "saturation": _saturation,
    "hue": _hue,
}


def _affine(view: Picture, factor: float, shift: float) -> Picture:
    """Return factor · pixel + shift, rounded and clipped to 0…255."""
    return cv2.addWeighted(view, factor, view, 0.0, shift)


def _blur(view: Picture, deviation: float) -> Picture:
    """Blur by a Gaussian truncated at three deviations, with mirrored edges.

    `cv2.GaussianBlur` takes twice as long for wide 8-bit kernels.
    """
    kernel = cv2.getGaussianKernel(2 * math.ceil(3 * deviation) + 1, deviation)
    return cv2.sepFilter2D(view, -1, kernel, kernel)


def _gray_planes(view: Picture) -> Picture:
    """Return the gray image in three equal channels."""
    gray = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)


@TRANSFORMS.register_module()
class RenderViews(BaseTransform):
    """Render the views of `SampleViews` in the worker process.

    **Required keys:** `img` (H, W, 3) uint8 BGR, `views`, `view_sizes`.
    **Changed key:** `img`, a list of views, tensors (3, h, w) uint8 BGR.
    **Removed keys:** `views`, `view_sizes`.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Render the views."""
        image = results["img"]
        pairs = zip(results.pop("views"), results.pop("view_sizes"), strict=True)
        results["img"] = [
            torch.from_numpy(render_view(image, params, size)) for params, size in pairs
        ]
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
