"""Augment on the training device: whole images in, normalised views out."""

from itertools import groupby
from typing import Any

from mmengine.model import ImgDataPreprocessor
from torch import Tensor

from solider_mm.functional.view_rendering import render_views
from solider_mm.registry import MODELS

__all__ = ["MultiCropPreprocessor"]


@MODELS.register_module()
class MultiCropPreprocessor(ImgDataPreprocessor):
    """Make the views that ``DrawViews`` has drawn, all images of a batch at once.

    The worker processes only decode, so that few cores feed a fast device; what a view
    looks like has been drawn there, from the sample's own seed. The loader needs
    ``PackViewDraws`` and ``collate_view_draws``.

    Args:
        mean: Of the pixels, in the order of the views' channels, 0…255.
        std: Of the pixels.
        to_rgb: The images come in BGR, as the loader decodes them.
        non_blocking: Do not wait for the copy to the device (pinned memory).

    Raises:
        ValueError: If `to_rgb` is off: grey is computed from RGB.
    """

    def __init__(
        self,
        *,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        to_rgb: bool = True,
        non_blocking: bool = True,
    ) -> None:
        super().__init__(mean=mean, std=std, non_blocking=non_blocking)
        if not to_rgb:
            raise ValueError(
                "to_rgb=False: expected True, for views are rendered in RGB from the "
                "BGR that LoadPersonImage gives"
            )

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Render and normalise.

        Args:
            data: What `collate_view_draws` gives: ``inputs`` ``(B, 3, H, W)`` uint8
                BGR, ``draws`` ``(V, B, 13)``, ``view_sizes``.
            training: Not used; an image without draws cannot come here.

        Returns:
            ``inputs``: V views ``(B, 3, h, w)``, RGB, normalised, the draws' order
            kept; ``data_samples``: None.

        Raises:
            ValueError: If the loader gives no draws.
        """
        del training
        if "draws" not in data:
            raise ValueError(
                f"the batch has keys {sorted(data)}, expected inputs, draws and "
                "view_sizes: use DrawViews, PackViewDraws and "
                "collate_fn=dict(type='collate_view_draws')"
            )
        # The draws stay on the CPU: they say what to do, and asking the device waits.
        images: Tensor = self.cast_data(data["inputs"]).flip(1)  # (B, 3, H, W) RGB
        views: list[Tensor] = []
        for size, group in groupby(data["view_sizes"], key=tuple):
            draws = data["draws"][len(views) : len(views) + len(list(group))]
            rendered = render_views(images, draws, size)  # (V', B, 3, h, w)
            views += ((rendered - self.mean) / self.std).unbind(0)
        return {"inputs": views, "data_samples": None}
