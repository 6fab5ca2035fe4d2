"""Boxes with captions on an image."""

from collections.abc import Sequence

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from solider_mm.visualization.palette import PART_COLORS, as_hex

__all__ = ["plot_boxes"]


def plot_boxes(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], captions: Sequence[str]
) -> NDArray[np.uint8]:
    """Draw boxes, each with a caption above it.

    Args:
        image: (H, W, 3) uint8, RGB.
        boxes: (N, 4) as x1, y1, x2, y2 in pixels.
        captions: N texts.

    Returns:
        Picture (H, W, 3) uint8, RGB.
    """
    picture = Image.fromarray(image)
    brush = ImageDraw.Draw(picture)
    size = max(10, min(image.shape[:2]) // 28)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)
    line = max(1, min(image.shape[:2]) // 200)
    color = as_hex(PART_COLORS[1])
    for (x1, y1, x2, y2), caption in zip(boxes.tolist(), captions, strict=True):
        brush.rectangle((x1, y1, x2, y2), outline=color, width=line)
        if caption:
            top = max(0, y1 - size - 3)
            end = x1 + font.getlength(caption) + 4
            brush.rectangle((x1, top, end, top + size + 3), fill=color)
            brush.text((x1 + 2, top), caption, "black", font)
    return np.asarray(picture)
