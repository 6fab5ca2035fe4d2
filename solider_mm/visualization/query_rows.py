"""Shared parts of ranking charts: reading, choosing queries, cells."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from solider_mm.visualization.palette import PART_COLORS, as_hex

__all__ = ["choose_queries", "query_grid", "read_image", "read_ranking", "show_cell"]

INK = "#1e1e1e"
VERDICTS = {
    True: ("✓", as_hex(PART_COLORS[2])),
    False: ("✗", as_hex(PART_COLORS[6])),
    None: ("", "#808080"),
}
"""Mark and color of a match, a miss, and an image without label."""


def read_ranking(path: Path, metric: str, needs: Sequence[str]) -> dict[str, Any]:
    """Read the `ranking_file` of a metric.

    Args:
        path: JSON file.
        metric: Name of the metric, for error messages.
        needs: Required entries of the file.

    Returns:
        Content of the file.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is not a ranking file of the metric.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"ranking file {str(path)!r} does not exist: evaluate with "
            "--cfg-options test_evaluator.ranking_file=FILE first."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path} is not valid JSON ({error}): evaluate again."
        ) from None
    missing = [
        name for name in needs if not isinstance(content, dict) or name not in content
    ]
    if missing:
        raise ValueError(
            f"{path} has no entry {missing[0]!r}: expected the file that {metric} "
            "writes to test_evaluator.ranking_file."
        )
    return dict(content)


def choose_queries(
    queries: Sequence[Mapping[str, Any]], count: int, order: str = "spread"
) -> list[Mapping[str, Any]]:
    """Select queries of a ranking file.

    Args:
        queries: Entry `queries` of a ranking file.
        count: Maximum number of queries.
        order: `spread` (evenly over the file), or `worst` or `best` by average
            precision. Queries without a match have no average precision and are not
            chosen by it.

    Returns:
        The selected queries.

    Raises:
        ValueError: If the order is unknown or no query can be selected.
    """
    if order not in ("spread", "worst", "best"):
        raise ValueError(
            f"order is {order!r}, expected 'spread', 'worst' or 'best': choose one."
        )
    usable = [query for query in queries if query["gallery"]]
    if order != "spread":
        usable = [q for q in usable if q["average_precision"] is not None]
        usable.sort(key=lambda q: q["average_precision"], reverse=order == "best")
        usable = usable[:count]
    if not usable or count < 1:
        raise ValueError(
            f"{count} of {len(queries)} queries were requested and {len(usable)} have "
            "ranked images: evaluate with ranking_file and top_k of at least 1."
        )
    positions = np.linspace(0, len(usable) - 1, min(count, len(usable))).round()
    return [usable[int(position)] for position in positions]


def query_grid(
    rows: int, columns: int, cell: tuple[float, float], title: str | None
) -> tuple[Figure, list[list[Axes]]]:
    """Create a figure with a grid of empty cells.

    Args:
        rows: Number of rows.
        columns: Number of columns.
        cell: Size (H, W) of a cell in inches.
        title: Title of the figure, or None.

    Returns:
        The figure and its axes row by row, switched off.
    """
    figure = Figure(
        figsize=(cell[1] * columns, cell[0] * rows + 0.6), layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    if title:
        figure.suptitle(title, fontsize=9, color=INK)
    return figure, axes.tolist()


def read_image(entry: Mapping[str, Any], root: str | Path) -> Image.Image:
    """Read the image of a ranking entry as upright RGB.

    Args:
        entry: Entry of the ranking with `img_path`.
        root: Folder to which a relative path refers.

    Returns:
        The image.

    Raises:
        FileNotFoundError: If the image does not exist.
    """
    path = Path(root) / entry["img_path"]
    if not path.is_file():
        raise FileNotFoundError(
            f"image {str(path)!r} of the ranking does not exist: pass the folder to "
            "which its paths refer, or evaluate again."
        )
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image.convert("RGB"))


def show_cell(
    axis: Axes,
    image: Image.Image,
    caption: str,
    color: str,
    *,
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Show an image with a caption and a border.

    Args:
        axis: Axes of the cell.
        image: Image to show.
        caption: Text above the image.
        color: Color of caption and border.
        extent: Left, right, bottom, top of the image in data units, which keeps its
            aspect ratio. None fills the cell.
    """
    axis.imshow(np.asarray(image), extent=extent)
    axis.axis("on")
    axis.set(xticks=[], yticks=[], aspect="auto" if extent is None else "equal")
    axis.set_title(caption, fontsize=6, color=color, pad=2)
    for spine in axis.spines.values():
        spine.set(color=color, linewidth=2.5)
