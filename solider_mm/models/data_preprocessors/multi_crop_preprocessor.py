"""Views for the model: normalized, and made here if the loader has only drawn them."""

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

    The loader gives views that ``RenderViews`` has made, or whole images with what
    ``SampleViews`` has drawn for them (``PackViewParams`` and ``collate_view_params``).
    Then the views are made here, all images at once on the training device, so that few
    worker processes, which only decode, feed a fast one. What a view looks like was
    drawn from the sample's own seed in both cases.

    mmpretrain's ``SelfSupDataPreprocessor`` gives the same views, but makes each four
    times in memory.

    Args:
        mean: Of the pixels, red, green, blue, 0…255.
        std: Of the pixels.
        non_blocking: Do not wait for the copy to the device (pinned memory).
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
        """Normalize, after rendering where views have only been drawn.

        Args:
            data: ``inputs``: V views ``(B, 3, h, w)`` uint8, or with ``draws``
                ``(V, B, 13)`` and ``view_sizes`` whole images ``(B, 3, H, W)`` uint8;
                blue first, as the loader decodes them.
            training: Not used; there is no other augmentation than what was drawn.

        Returns:
            ``inputs``: V views ``(B, 3, h, w)`` float32, red first, normalized;
            ``data_samples`` as they came.
        """
        del training
        inputs = self.cast_data(data["inputs"])
        if "draws" in data:
            # The draws stay on the CPU: they say what to do, and asking a device waits.
            views = self._render(inputs.flip(1), data["draws"], data["view_sizes"])
        else:
            views = [view.flip(1) for view in inputs]
        normalized = [view.float().mul_(self.scale).add_(self.shift) for view in views]
        return {"inputs": normalized, "data_samples": data.get("data_samples")}

    def _render(
        self, images: Tensor, draws: Tensor, sizes: Sequence[tuple[int, int]]
    ) -> list[Tensor]:
        """Make V views (B, 3, h, w), 0…255, neighbors of one size together."""
        views: list[Tensor] = []
        for size, group in groupby(sizes, key=tuple):
            some = draws[len(views) : len(views) + len(list(group))]
            views += render_views(images, some, (size[0], size[1])).unbind(0)
        return views
