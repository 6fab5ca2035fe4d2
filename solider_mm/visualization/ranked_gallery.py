"""Chart of re-ID queries and their nearest gallery images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from solider_mm.visualization.query_rows import (
    INK,
    VERDICTS,
    query_grid,
    read_image,
    show_cell,
)

__all__ = ["plot_ranked_gallery"]

CELL = (1.9, 1.0)
"""(H, W) of a cell in inches: a person crop and a caption."""


def plot_ranked_gallery(
    queries: Sequence[Mapping[str, Any]],
    *,
    top_k: int = 10,
    root: str | Path = ".",
    title: str | None = None,
) -> Figure:
    """Plot one row per query: the query, then its nearest gallery images.

    Args:
        queries: Result of `choose_queries`.
        top_k: Maximum number of gallery images per row.
        root: Folder to which relative image paths refer.
        title: Title of the figure, or None.

    Returns:
        The figure. Matches have a green border and a tick, other images an orange
        border and a cross, images without identity label a gray border.

    Raises:
        FileNotFoundError: If an image of the ranking does not exist.
    """
    columns = 1 + min(top_k, max(len(query["gallery"]) for query in queries))
    figure, axes = query_grid(len(queries), columns, CELL, title)
    for row, query in zip(axes, queries, strict=True):
        score = query["average_precision"]
        person = query["person_name"]
        head = "unlabeled" if person is None else f"person {person}"
        head = ", ".join(filter(None, [head, _camera(query)]))
        below = "no match" if score is None else f"AP {score:.2f}"
        show_cell(row[0], read_image(query, root), f"{head}\n{below}", INK)
        for rank, match in enumerate(query["gallery"][: columns - 1], start=1):
            mark, color = VERDICTS[match["is_match"]]
            words = filter(None, [str(rank), mark, _camera(match)])
            caption = f"{' '.join(words)}\n{match['distance']:.3g}"
            show_cell(row[rank], read_image(match, root), caption, color)
    return figure


def _camera(entry: Mapping[str, Any]) -> str:
    camera = entry["camera_name"]
    return "" if camera is None else f"cam {camera}"
