"""Draws queries with the gallery images ranked nearest to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from solider_mm.visualization.figure_file import write_figure
from solider_mm.visualization.query_rows import (
    INK,
    VERDICTS,
    query_grid,
    read_image,
    show_cell,
)

__all__ = ["plot_ranked_gallery", "write_ranked_gallery"]

CELL = (1.9, 1.0)
"""(H, W) of an image in inches, the proportions of a person's crop and a caption."""


def plot_ranked_gallery(
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
        The figure. Right images have a green border and a tick, wrong ones an orange
        border and a cross.

    Raises:
        FileNotFoundError: If an image of the ranking is not there any more.
    """
    columns = 1 + min(top_k, max(len(query["gallery"]) for query in queries))
    figure, axes = query_grid(len(queries), columns, CELL, title)
    for row, query in zip(axes, queries, strict=True):
        score = query["average_precision"]
        head = f"person {query['person_id']}, cam {query['camera_id'] + 1}"
        below = "no match" if score is None else f"AP {score:.2f}"
        show_cell(row[0], read_image(query, root), f"{head}\n{below}", INK)
        for rank, match in enumerate(query["gallery"][: columns - 1], start=1):
            mark, color = VERDICTS[match["is_match"]]
            words = (
                f"{rank} {mark} cam {match['camera_id'] + 1}\n{match['distance']:.3g}"
            )
            show_cell(row[rank], read_image(match, root), words, color)
    return figure


def write_ranked_gallery(figure: Figure, path: str | Path) -> Path:
    """Write the picture, whole or not at all."""
    return write_figure(figure, path, dpi=110)
