"""Shows the same people at several λ: their parts, and what resembles one token."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from solider_mm.visualization.figure_file import write_figure
from solider_mm.visualization.palette import BACKGROUND, PART_COLORS

__all__ = ["plot_semantic_weight_panel"]

CELL = (0.95, 1.8)  # inches, (width, height)
TITLE_SPACE = 0.7  # inches
DPI = 110


def plot_semantic_weight_panel(
    images: Sequence[NDArray[Any]],
    labels: Mapping[float, NDArray[Any]],
    similarity: Mapping[float, NDArray[Any]],
    token: tuple[int, int],
    out: str | Path,
) -> Path:
    """Plot one column per person: the image, then parts and similarity at every λ.

    Args:
        images: Images (H, W, 3) uint8 RGB; the first holds the chosen token.
        labels: λ to semantic labels (B, h, w).
        similarity: λ to cosines (B, h, w) with the chosen token.
        token: Row and column of the chosen token.
        out: Picture to write; its suffix gives the format.

    Returns:
        The path written.
    """
    num_rows = 1 + len(labels) + len(similarity)
    size = (CELL[0] * len(images) + 1.2, CELL[1] * num_rows + TITLE_SPACE)
    figure = Figure(size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(num_rows, len(images), squeeze=False)
    colors = np.array([BACKGROUND, *PART_COLORS], np.uint8)
    titles = [
        "image",
        *(f"parts\nλ = {weight:g}" for weight in labels),
        *(f"similarity\nλ = {weight:g}" for weight in similarity),
    ]
    for axes, title in zip(grid[:, 0], titles, strict=True):
        axes.set_ylabel(title, rotation=0, ha="right", va="center")
    for axes in grid.flat:
        axes.set_xticks([])
        axes.set_yticks([])
    for index, image in enumerate(images):
        column = iter(grid[:, index])
        next(column).imshow(image, aspect="auto")
        for parts in labels.values():
            next(column).imshow(colors[parts[index]], aspect="auto")
        for cosines in similarity.values():
            next(column).imshow(
                cosines[index], vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto"
            )
    shape = next(iter(similarity.values())).shape[1:]
    for axes in (grid[0, 0], *grid[1 + len(labels) :, 0]):
        _mark(axes, token, images[0].shape[:2] if axes is grid[0, 0] else shape, shape)
    figure.suptitle("similarity is the cosine with the marked token", fontsize=10)
    return write_figure(figure, out)


def _mark(
    axes: Axes, token: tuple[int, int], size: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    """Mark the middle of a token on a picture of some size."""
    y, x = (
        (place + 0.5) * pixels / count - 0.5
        for place, pixels, count in zip(token, size, shape, strict=True)
    )
    axes.plot(x, y, marker="o", markersize=7, markerfacecolor="none", color="black")
    axes.plot(x, y, marker="o", markersize=9, markerfacecolor="none", color="white")
