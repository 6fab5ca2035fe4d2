"""A query beside the images nearest to it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from solider_mm.fileio.image_io import read_image

__all__ = ["plot_match_row"]

_HEIGHT = 192
_GAP = 6
_CAPTION = 18


class RankedImage(Protocol):
    """What is shown of a match."""

    @property
    def source(self) -> str:
        """File of the image."""

    @property
    def similarity(self) -> float:
        """Cosine to the query."""


def plot_match_row(
    image: NDArray[np.uint8], matches: Sequence[RankedImage]
) -> NDArray[np.uint8]:
    """Show a query and its matches in a row, each with its similarity.

    Args:
        image: Query (H, W, 3) uint8, RGB.
        matches: Nearest first; those whose file cannot be read leave a gray tile.

    Returns:
        Picture (H', W', 3) uint8, RGB.
    """
    tiles = [_tile(image)] + [_tile(_read(match.source)) for match in matches]
    captions = ["query", *(f"{match.similarity:.3f}" for match in matches)]
    width = sum(tile.width for tile in tiles) + _GAP * (len(tiles) - 1)
    panel = Image.new("RGB", (width, _HEIGHT + _CAPTION), "white")
    brush = ImageDraw.Draw(panel)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 12)
    left = 0
    for tile, caption in zip(tiles, captions, strict=True):
        panel.paste(tile, (left, _CAPTION))
        brush.text((left + 2, 1), caption, "black", font)
        left += tile.width + _GAP
    return np.asarray(panel)


def _read(source: str) -> NDArray[np.uint8]:
    try:
        return read_image(source)
    except (OSError, ValueError):
        return np.full((64, 32, 3), 128, np.uint8)


def _tile(image: NDArray[np.uint8]) -> Image.Image:
    height, width = image.shape[:2]
    size = (max(1, round(width * _HEIGHT / height)), _HEIGHT)
    return Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
