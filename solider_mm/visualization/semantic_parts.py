"""Panel of semantic parts: image, foreground, parts and masked image."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from solider_mm.visualization.palette import BACKGROUND, PART_COLORS

__all__ = ["PartsView", "enlarge", "plot_semantic_parts"]

GAP = 6
HEADER = 40
LEGEND = 30
CAPTION = 16
FONT_SIZE = 12
INK = (30, 30, 30)
WARNING_COLOR = (213, 94, 0)
MEAN_COLOR = (124, 116, 104)
"""ImageNet's mean pixel, which is 0 after normalization."""

VIEW_TITLES = ("foreground", "parts", "masked")


class PartsView(Protocol):
    """Labels of all images for one λ, such as `inference.SemanticParts`."""

    @property
    def semantic_weight(self) -> float:
        """Value of λ."""

    @property
    def semantic_labels(self) -> NDArray[Any]:
        """Integer labels (B, h, w): 0 background, 1…N parts."""

    @property
    def kept(self) -> NDArray[Any]:
        """Whether the clusterer keeps each image, (B,) bool."""


def plot_semantic_parts(
    images: Sequence[NDArray[Any]],
    views: Sequence[PartsView],
    *,
    num_parts: int,
    names: Sequence[str] | None = None,
    cell_size: tuple[int, int] = (192, 96),
    columns: int | None = None,
) -> NDArray[Any]:
    """Render one row of cells per image: the image, then three cells per λ.

    *foreground* dims the background, *parts* colors the foreground by part, and
    *masked* erases one part as training does (a different part in each row, shown by
    the color in the corner). Images that the clusterer does not keep are marked.

    Args:
        images: Images (H_i, W_i, 3) uint8 RGB; resized to the cell.
        views: Labels per λ.
        num_parts: Number of parts N, 1 to 8.
        names: Caption per image, or None.
        cell_size: Size (H, W) of a cell in pixels.
        columns: Number of rows side by side; None makes the panel about square.

    Returns:
        Panel (H, W, 3) uint8 RGB.

    Raises:
        ValueError: If there is no image or view, the numbers of images, labels or
            names differ, or there are more parts than colors.
    """
    _check(images, views, names, num_parts)
    height, width = cell_size
    cells = 1 + len(VIEW_TITLES) * len(views)
    strip = cells * (width + GAP) + GAP
    if columns is None:
        columns = max(1, round(math.sqrt(len(images) * height / strip)))
    columns = min(columns, len(images))
    line = height + GAP + (CAPTION if names else 0)
    lines = math.ceil(len(images) / columns)
    across = max(columns * strip, _legend(num_parts)[-1][2])
    canvas = Image.new("RGB", (across, HEADER + lines * line + LEGEND), (255, 255, 255))
    pen = ImageDraw.Draw(canvas)
    pen.font = _font()
    for column in range(columns):
        _write_header(pen, column * strip, width, views, num_parts)
    for index, image in enumerate(images):
        left = index // lines * strip + GAP
        top = HEADER + index % lines * line
        row = _render_row(image, index, views, num_parts, cell_size)
        for number, cell in enumerate(row):
            canvas.paste(Image.fromarray(cell), (left + number * (width + GAP), top))
        for number, view in enumerate(views):
            if not view.kept[index]:
                x = left + (1 + number * len(VIEW_TITLES)) * (width + GAP)
                _write_warning(pen, x, top + height, "not kept")
        if names:
            pen.text((left, top + height + 1), names[index][: strip // 8], fill=INK)
    _write_legend(pen, canvas.height - LEGEND, num_parts)
    return np.asarray(canvas)


def enlarge(labels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Resize a token map by nearest neighbor, with the token borders of `mask_part`.

    Args:
        labels: Token labels (h, w).
        size: Target size (H, W).

    Returns:
        Labels (H, W).
    """
    rows = np.arange(size[0]) * labels.shape[0] // size[0]
    columns = np.arange(size[1]) * labels.shape[1] // size[1]
    return labels[rows][:, columns]


def _render_row(
    image: NDArray[Any],
    index: int,
    views: Sequence[PartsView],
    num_parts: int,
    size: tuple[int, int],
) -> list[NDArray[Any]]:
    height, width = size
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    picture = np.asarray(resized)
    row = [picture]
    for view in views:
        labels = enlarge(view.semantic_labels[index], size)
        row += [
            _dim_background(picture, labels),
            _color_parts(picture, labels, num_parts),
            _mask(picture, labels, index % num_parts + 1),
        ]
    return row


def _dim_background(picture: NDArray[Any], labels: NDArray[Any]) -> NDArray[Any]:
    gray = picture.mean(axis=2, keepdims=True)
    dimmed = np.broadcast_to(0.2 * gray + 0.5 * np.array(BACKGROUND), picture.shape)
    return np.where(labels[..., None] > 0, picture, dimmed).astype(np.uint8)


def _color_parts(
    picture: NDArray[Any], labels: NDArray[Any], num_parts: int
) -> NDArray[Any]:
    colors = np.array([BACKGROUND, *PART_COLORS[:num_parts]], dtype=float)[labels]
    gray = picture.mean(axis=2, keepdims=True)
    overlay = 0.65 * colors + 0.35 * gray
    return np.where(
        labels[..., None] > 0, overlay, _dim_background(picture, labels)
    ).astype(np.uint8)


def _mask(picture: NDArray[Any], labels: NDArray[Any], part: int) -> NDArray[Any]:
    erased = np.where((labels == part)[..., None], MEAN_COLOR, picture)
    erased[2:12, 2:12] = 255
    erased[3:11, 3:11] = PART_COLORS[part - 1]
    return erased.astype(np.uint8)


def _font() -> ImageFont.FreeTypeFont:
    """Load DejaVu Sans, which has λ and is part of matplotlib."""
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), FONT_SIZE)


def _write_header(
    pen: ImageDraw.ImageDraw,
    left: int,
    width: int,
    views: Sequence[PartsView],
    num_parts: int,
) -> None:
    step, left = width + GAP, left + GAP
    pen.text((left, HEADER - 18), "image", fill=INK)
    for number, view in enumerate(views):
        start = left + step * (1 + number * len(VIEW_TITLES))
        title = f"λ = {view.semantic_weight:g}, N = {num_parts}"
        pen.text((start, 4), title, fill=INK)
        end = start + step * len(VIEW_TITLES) - GAP
        pen.line((start, HEADER - 20, end - 1, HEADER - 20), fill=(180, 180, 180))
        for offset, text in enumerate(VIEW_TITLES):
            pen.text((start + offset * step, HEADER - 18), text, fill=INK)


def _write_warning(pen: ImageDraw.ImageDraw, left: int, bottom: int, text: str) -> None:
    length = pen.textlength(text)
    pen.rectangle(
        (left, bottom - CAPTION, left + length + 5, bottom - 1), fill=(255, 255, 255)
    )
    pen.text((left + 3, bottom - CAPTION + 1), text, fill=WARNING_COLOR)


def _legend(num_parts: int) -> list[tuple[str, tuple[int, int, int], int]]:
    """Return text, color and left edge of each entry, plus an empty last entry."""
    entries, x, font = [], GAP, _font()
    for label in range(num_parts + 1):
        color = PART_COLORS[label - 1] if label else BACKGROUND
        text = _part_name(label, num_parts)
        entries.append((text, color, x))
        x += 32 + int(font.getlength(text))
    return [*entries, ("", BACKGROUND, x)]


def _part_name(part: int, num_parts: int) -> str:
    if part == 0:
        return "background"
    ends = {1: " (top)", num_parts: " (bottom)"} if num_parts > 1 else {}
    return f"part {part}{ends.get(part, '')}"


def _write_legend(pen: ImageDraw.ImageDraw, top: int, num_parts: int) -> None:
    y = top + 8
    for text, color, x in _legend(num_parts)[:-1]:
        pen.rectangle((x, y, x + 13, y + 13), fill=color, outline=INK)
        pen.text((x + 18, y - 1), text, fill=INK)


def _check(
    images: Sequence[NDArray[Any]],
    views: Sequence[PartsView],
    names: Sequence[str] | None,
    num_parts: int,
) -> None:
    if not len(images) or not views:
        raise ValueError(
            f"{len(images)} images and {len(views)} views were given; pass at least "
            "one of each."
        )
    if not 1 <= num_parts <= len(PART_COLORS):
        raise ValueError(f"num_parts is {num_parts}; expected 1 to {len(PART_COLORS)}.")
    lengths = {len(view.semantic_labels) for view in views}
    lengths |= {len(view.kept) for view in views}
    lengths |= {len(names)} if names is not None else set()
    if lengths != {len(images)}:
        raise ValueError(
            f"{len(images)} images go with {sorted(lengths)} labels, kept flags or "
            "names; pass one of each per image."
        )
