"""Overlay of parsed parts on an image, with a legend."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from mmengine.structures import PixelData
from mmseg.visualization import SegLocalVisualizer
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from solider_mm.registry import VISUALIZERS

__all__ = ["ParsingVisualizer", "draw_parsing"]

Picture = NDArray[np.uint8]

ROW = 18  # height of a line of the legend
FONT_SIZE = 12
TEXT_COLOR = (30, 30, 30)
ABSENT_COLOR = (170, 170, 170)
BACKGROUND_OPACITY = 0.25  # relative to that of the parts


def draw_parsing(
    image: Picture,
    labels: NDArray[np.integer[Any]],
    classes: Sequence[str],
    palette: Sequence[Sequence[int]],
    *,
    alpha: float = 0.6,
) -> Picture:
    """Overlay the parts of a person on the image, with a legend at the right.

    Args:
        image: RGB image, (H, W, 3) uint8.
        labels: Classes, (H, W); other values (255, unknown) are not colored.
        classes: Class names, background first.
        palette: RGB of each class.
        alpha: Opacity of the overlay in [0, 1].

    Returns:
        RGB image (H', W', 3) uint8, enlarged if the legend is higher than the image.
        The legend shows classes that are not in the image in gray.

    Raises:
        ValueError: If sizes or numbers of classes differ.
    """
    if labels.shape != image.shape[:2] or len(classes) != len(palette):
        raise ValueError(
            f"image {image.shape}, labels {labels.shape}, {len(classes)} classes and "
            f"{len(palette)} colors: expected labels of the image's size and one "
            "color per class; correct them."
        )
    painted = _paint(image, labels, np.asarray(palette), alpha)
    present = set(np.unique(labels).tolist())
    legend = _legend(classes, palette, present)
    height = max(painted.shape[0], legend.height)
    picture = Image.fromarray(painted)
    if height > painted.shape[0]:
        width = round(painted.shape[1] * height / painted.shape[0])
        picture = picture.resize((width, height), Image.Resampling.NEAREST)
    canvas = Image.new("RGB", (picture.width + legend.width, height), (255, 255, 255))
    canvas.paste(picture, (0, 0))
    canvas.paste(legend, (picture.width, 0))
    return np.asarray(canvas)


def _paint(
    image: Picture, labels: NDArray[Any], palette: NDArray[Any], alpha: float
) -> Picture:
    known = (labels >= 0) & (labels < len(palette))
    numbers = np.where(known, labels, 0)
    opacity = np.where(numbers > 0, alpha, alpha * BACKGROUND_OPACITY) * known
    opacity = opacity[..., None]  # (H, W, 1)
    mixed = image * (1 - opacity) + palette[numbers] * opacity
    return mixed.round().astype(np.uint8)


def _legend(
    classes: Sequence[str], palette: Sequence[Sequence[int]], present: set[int]
) -> Image.Image:
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(str(path), FONT_SIZE)
    width = 32 + max(int(font.getlength(name)) for name in classes)
    legend = Image.new("RGB", (width, ROW * len(classes) + 6), (255, 255, 255))
    canvas = ImageDraw.Draw(legend)
    for number, (name, color) in enumerate(zip(classes, palette, strict=True)):
        top = ROW * number + 4
        fill = (int(color[0]), int(color[1]), int(color[2]))
        canvas.rectangle((6, top, 19, top + 13), fill=fill, outline=TEXT_COLOR)
        text_color = TEXT_COLOR if number in present else ABSENT_COLOR
        canvas.text((25, top - 1), name, fill=text_color, font=font)
    return legend


@VISUALIZERS.register_module()
class ParsingVisualizer(SegLocalVisualizer):
    """mmseg's visualizer with the legend of `draw_parsing`.

    Used by `--show-dir` of mmseg's test tool, which shows ground truth and prediction
    side by side. Arguments are those of mmseg's `SegLocalVisualizer`.
    """

    def _draw_sem_seg(
        self,
        image: Picture,
        sem_seg: PixelData,
        classes: Sequence[str],
        palette: Sequence[Sequence[int]],
        with_labels: bool = True,
    ) -> Picture:
        del with_labels
        labels = sem_seg.cpu().data.squeeze(0).numpy()
        overlay = draw_parsing(image, labels, classes, palette, alpha=self.alpha)
        self.set_image(overlay)
        return overlay
