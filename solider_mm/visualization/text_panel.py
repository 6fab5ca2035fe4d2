"""An image with lines of text beside it."""

from collections.abc import Sequence

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["plot_text_panel"]

_TEXT_SIZE = 15
_MARGIN = 8
_MIN_HEIGHT = 192


def plot_text_panel(
    image: NDArray[np.uint8], lines: Sequence[str]
) -> NDArray[np.uint8]:
    """Put lines of text to the right of an image.

    Args:
        image: (H, W, 3) uint8, RGB; small ones are enlarged to be readable.
        lines: Text from top to bottom.

    Returns:
        Picture (H', W', 3) uint8, RGB.
    """
    height, width = image.shape[:2]
    scale = max(1, -(-_MIN_HEIGHT // height))
    left = Image.fromarray(image).resize(
        (width * scale, height * scale), Image.Resampling.NEAREST
    )
    size = max(_TEXT_SIZE, left.height // 30)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)
    text_width = max((int(font.getlength(line)) for line in lines), default=0)
    step = size + 5
    panel = Image.new(
        "RGB",
        (
            left.width + text_width + 2 * _MARGIN,
            max(left.height, step * len(lines) + 2 * _MARGIN),
        ),
        "white",
    )
    panel.paste(left, (0, 0))
    brush = ImageDraw.Draw(panel)
    for number, line in enumerate(lines):
        place = (left.width + _MARGIN, _MARGIN + step * number)
        brush.text(place, line, "black", font)
    return np.asarray(panel)
