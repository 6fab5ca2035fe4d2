"""What pictures of queries and their ranked gallery share: rows, cells, colors."""

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
}
"""Mark and color of right and wrong."""


def read_ranking(path: Path, metric: str, needs: Sequence[str]) -> dict[str, Any]:
    """Read the file that a metric writes as its `ranking_file`.

    Args:
        path: The JSON.
        metric: Name of the metric, for the reader of an error.
        needs: Entries that its file has.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is something else.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"the ranking is {str(path)!r}, but there is no such file: evaluate with "
            "--cfg-options test_evaluator.ranking_file=FILE first."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}): evaluate again.") from None
    missing = [
        name for name in needs if not isinstance(content, dict) or name not in content
    ]
    if missing:
        raise ValueError(
            f"{path} has no entry {missing[0]!r}, expected the file that {metric} "
            "writes: give test_evaluator.ranking_file's."
        )
    return dict(content)


def choose_queries(
    queries: Sequence[Mapping[str, Any]], count: int, order: str = "spread"
) -> list[Mapping[str, Any]]:
    """Take some queries of a ranking file.

    Args:
        queries: Entries `queries` of a ranking file.
        count: How many, at most.
        order: `spread` evenly over the file, `worst` or `best` by average
            precision. Queries without a match have none and count as neither.

    Raises:
        ValueError: If the order is none of these or nothing is left to draw.
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
            f"{count} of {len(queries)} queries asked for, and {len(usable)} have "
            "ranked images: evaluate with ranking_file and top_k of at least 1."
        )
    places = np.linspace(0, len(usable) - 1, min(count, len(usable))).round()
    return [usable[int(place)] for place in places]


def query_grid(
    rows: int, columns: int, cell: tuple[float, float], title: str | None
) -> tuple[Figure, list[list[Axes]]]:
    """An empty picture.

    Args:
        rows: Of cells.
        columns: Of cells.
        cell: (H, W) in inches.
        title: Above the picture, if any.

    Returns:
        The figure, and its axes row by row, switched off.
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
    """The upright RGB image that an entry of the ranking names.

    Raises:
        FileNotFoundError: If the image is not there any more.
    """
    path = Path(root) / entry["img_path"]
    if not path.is_file():
        raise FileNotFoundError(
            f"the ranking names the image {str(path)!r}, which is not there: give the "
            "folder its paths start from, or evaluate again."
        )
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image.convert("RGB"))


def show_cell(
    axis: Axes,
    image: Image.Image,
    words: str,
    color: str,
    *,
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Show an image with a caption and a border.

    Args:
        axis: The cell.
        image: What to show.
        words: The caption.
        color: Of caption and border.
        extent: Left, right, bottom, top of the image in data units; then its
            proportions are kept. None fills the cell.
    """
    axis.imshow(np.asarray(image), extent=extent)
    axis.axis("on")
    axis.set(xticks=[], yticks=[], aspect="auto" if extent is None else "equal")
    axis.set_title(words, fontsize=6, color=color, pad=2)
    for spine in axis.spines.values():
        spine.set(color=color, linewidth=2.5)
