"""Normalization of views, and their rendering on the training device."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from solider_mm.functional.view_rendering import render_views
from solider_mm.registry import MODELS

__all__ = ["MultiCropPreprocessor"]


@MODELS.register_module()
class MultiCropPreprocessor(BaseDataPreprocessor):
    """Normalize the views of a batch.

    The loader gives views rendered by `RenderViews`, or whole images with the
    parameters that `SampleViews` has sampled (`PackViewParams`, `collate_view_params`).
    In the second case the views are rendered here, all images at once on the training
    device, and workers only decode. The parameters come from the sample's own seed in
    both cases.

    mmpretrain's `SelfSupDataPreprocessor` gives the same views, but copies each four
    times.

    Args:
        mean: Mean of the red, green and blue pixels, 0…255.
        std: Standard deviation of the pixels.
        non_blocking: Whether the copy to the device does not block (pinned memory).
    """

    def __init__(
        self,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        non_blocking: bool = True,
    ) -> None:
        super().__init__(non_blocking)
        deviation = torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)
        middle = torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self.register_buffer("scale", 1 / deviation, persistent=False)
        self.register_buffer("shift", -middle / deviation, persistent=False)
        self.scale: Tensor
        self.shift: Tensor

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Render the views if needed, and normalize them.

        Args:
            data: `inputs` with V views (B, 3, h, w) uint8, or, with `draws` (V, B, 13)
                and `view_sizes`, whole images (B, 3, H, W) uint8; channels are BGR.
            training: Unused.

        Returns:
            `inputs` with V normalized RGB views (B, 3, h, w) float32, and
            `data_samples` unchanged.
        """
        del training
        inputs = self.cast_data(data["inputs"])
        if "draws" in data:
            # The parameters stay on the CPU: reading them from a device would wait.
            views = self._render(inputs.flip(1), data["draws"], data["view_sizes"])
        else:
            views = [view.flip(1) for view in inputs]
        normalized = [view.float().mul_(self.scale).add_(self.shift) for view in views]
        return {"inputs": normalized, "data_samples": data.get("data_samples")}

    def _render(
        self, images: Tensor, draws: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> list[Tensor]:
        """Render V views (B, 3, h, w), 0…255, consecutive ones of one size together."""
        views: list[Tensor] = []
        for size, group in groupby(sizes, key=tuple):
            some = draws[len(views) : len(views) + len(list(group))]
            views += render_views(images, some, (size[0], size[1])).unbind(0)
        return views
