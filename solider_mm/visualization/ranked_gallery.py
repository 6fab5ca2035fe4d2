"""Draws queries with the gallery images ranked nearest to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from .files import write_atomically
from .palette import PART_COLOURS, as_hex

__all__ = ["choose_queries", "draw_ranked_gallery", "write_ranked_gallery"]

RIGHT, WRONG = as_hex(PART_COLOURS[2]), as_hex(PART_COLOURS[6])
INK = "#1e1e1e"
CELL = (1.9, 1.0)
"""(H, W) of an image in inches, the proportions of a person's crop and a caption."""


def choose_queries(
    queries: Sequence[Mapping[str, Any]], count: int, order: str = "spread"
) -> list[Mapping[str, Any]]:
    """Take some queries of a ranking file.

    Args:
        queries: Entries ``queries`` of the file `ReIDMetric` writes.
        count: How many, at most.
        order: ``spread`` evenly over the file, ``worst`` or ``best`` by average
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


def draw_ranked_gallery(
    queries: Sequence[Mapping[str, Any]],
    *,
    top_k: int = 10,
    root: str | Path = ".",
    title: str | None = None,
) -> Figure:
    """Draw a row per query: itself, then its nearest gallery images in their order.

    Args:
        queries: As `choose_queries` gives them.
        top_k: Gallery images a row, at most.
        root: Folder that relative image paths start from.
        title: Above the picture, if any.

    Returns:
        The figure. Right images have a green border and a tick, wrong ones a red
        border and a cross.

    Raises:
        FileNotFoundError: If an image of the ranking is not there any more.
    """
    columns = 1 + min(top_k, max(len(query["gallery"]) for query in queries))
    size = (CELL[1] * columns, CELL[0] * len(queries) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(queries), columns, squeeze=False)
    for row, query in zip(axes, queries, strict=True):
        for axis in row:
            axis.axis("off")
        score = query["average_precision"]
        head = f"person {query['person_id']}, cam {query['camera_id'] + 1}"
        below = "no match" if score is None else f"AP {score:.2f}"
        _show(row[0], query, f"{head}\n{below}", root, INK)
        for rank, match in enumerate(query["gallery"][: columns - 1], start=1):
            mark, colour = ("✓", RIGHT) if match["right"] else ("✗", WRONG)
            words = (
                f"{rank} {mark} cam {match['camera_id'] + 1}\n{match['distance']:.2f}"
            )
            _show(row[rank], match, words, root, colour)
    if title:
        figure.suptitle(title, fontsize=9, color=INK)
    return figure


def write_ranked_gallery(figure: Figure, path: str | Path) -> Path:
    """Write the picture, whole or not at all."""
    return write_atomically(path, lambda file: figure.savefig(file, dpi=110))


def _show(
    axis: Axes, entry: Mapping[str, Any], words: str, root: str | Path, colour: str
) -> None:
    path = Path(root) / entry["img_path"]
    if not path.is_file():
        raise FileNotFoundError(
            f"the ranking names the image {str(path)!r}, which is not there: give the "
            "folder its paths start from, or evaluate again."
        )
    with Image.open(path) as image:
        axis.imshow(np.asarray(ImageOps.exif_transpose(image.convert("RGB"))))
    axis.axis("on")
    axis.set(xticks=[], yticks=[], aspect="auto")
    axis.set_title(words, fontsize=6, color=colour, pad=2)
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=2.5)
