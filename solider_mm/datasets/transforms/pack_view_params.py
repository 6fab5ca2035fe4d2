"""Packing and batching of images with the parameters of their views."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform

from solider_mm.functional.view_params import params_to_tensor
from solider_mm.registry import FUNCTIONS, TRANSFORMS

__all__ = ["PackViewParams", "collate_view_params"]


@TRANSFORMS.register_module()
class PackViewParams(BaseTransform):
    """Pack the full image and the parameters of its views, after `SampleViews`.

    The views are then rendered on the training device.

    **Required keys:** `img` (H, W, 3) uint8, `views`, `view_sizes`.
    **Returned keys, no others:** `inputs`, tensor (3, H, W) uint8; `draws`, tensor
    (V, 13) of view parameters; `view_sizes`.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack the image and its view parameters."""
        planes = np.ascontiguousarray(results["img"].transpose(2, 0, 1))
        return {
            "inputs": torch.from_numpy(planes),
            "draws": params_to_tensor(results["views"]),
            "view_sizes": results["view_sizes"],
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@FUNCTIONS.register_module()
def collate_view_params(samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Batch images of any size on one canvas.

    Args:
        samples: B results of `PackViewParams`.

    Returns:
        `inputs` (B, 3, H, W) uint8 with the images in the top left corner and zeros
        elsewhere; `draws` (V, B, 13); `view_sizes`, V times (h, w).
    """
    images = [sample["inputs"] for sample in samples]
    height, width = (max(image.shape[dim] for image in images) for dim in (1, 2))
    canvas = torch.zeros(len(images), 3, height, width, dtype=torch.uint8)
    for place, image in zip(canvas, images, strict=True):
        place[:, : image.shape[1], : image.shape[2]] = image
    return {
        "inputs": canvas,
        "draws": torch.stack([sample["draws"] for sample in samples], 1),
        "view_sizes": [tuple(size) for size in samples[0]["view_sizes"]],
    }
