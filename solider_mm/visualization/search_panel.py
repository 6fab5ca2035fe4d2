"""Chart of person-search queries and their most similar detections."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from solider_mm.visualization.query_rows import (
    INK,
    VERDICTS,
    query_grid,
    read_image,
    show_cell,
)

__all__ = ["plot_search_panel", "view_around"]

CROPPED, WHOLE = (1.9, 1.3), (1.4, 2.0)
"""(H, W) of a cell in inches: for a view around the box and for a whole frame."""
PIXELS = 320  # longest side of an image, above the resolution of a cell

View = tuple[int, int, int, int]


def view_around(
    box: Sequence[float], size: tuple[int, int], context: float | None
) -> View:
    """Compute the shown part of a frame: the box with its surroundings.

    Args:
        box: Box as x1, y1, x2, y2 in pixels.
        size: Size (H, W) of the frame.
        context: Sides of the view relative to the box, at the aspect ratio of a cell;
            None shows the whole frame.

    Returns:
        Left, top, right, bottom in pixels, inside the frame and at least one pixel.

    Raises:
        ValueError: If `context` is below 1.
    """
    height, width = size
    if context is None:
        return 0, 0, width, height
    if context < 1:
        raise ValueError(
            f"context={context}: expected at least 1, the box itself; None shows whole "
            "frames"
        )
    tall = context * max(box[3] - box[1], (box[2] - box[0]) * CROPPED[0] / CROPPED[1])
    sides = (tall * CROPPED[1] / CROPPED[0], tall)
    spans = []
    ends = zip(box[:2], box[2:], sides, (width, height), strict=True)
    for first, last, side, limit in ends:
        length = min(max(round(side), 1), limit)
        start = round((first + last - length) / 2)
        start = min(max(start, 0), limit - length)
        spans.append((start, start + length))
    (left, right), (top, bottom) = spans
    return left, top, right, bottom


def plot_search_panel(
    queries: Sequence[Mapping[str, Any]],
    *,
    top_k: int = 6,
    context: float | None = 2.0,
    root: str | Path = ".",
    title: str | None = None,
) -> Figure:
    """Plot one row per query: its frame, then the most similar detections.

    Args:
        queries: Result of `choose_queries` for the file of `PersonSearchMetric`.
        top_k: Maximum number of detections per row.
        context: Size of the view, see `view_around`.
        root: Folder to which relative image paths refer.
        title: Title of the figure, or None.

    Returns:
        The figure. Matches have a green box and a tick, other detections an orange box
        and a cross.

    Raises:
        FileNotFoundError: If a frame of the ranking does not exist.
        ValueError: If `context` is below 1.
    """
    columns = 1 + min(top_k, max(len(query["gallery"]) for query in queries))
    cell = WHOLE if context is None else CROPPED
    figure, axes = query_grid(len(queries), columns, cell, title)
    for row, query in zip(axes, queries, strict=True):
        score = query["average_precision"]
        below = "does not count" if score is None else f"AP {score:.2f}"
        caption = f"person {query['person_id']}{_camera(query)}\n{below}"
        _show(row[0], query, caption, INK, root, context)
        for rank, match in enumerate(query["gallery"][: columns - 1], start=1):
            mark, color = VERDICTS[match["is_match"]]
            caption = f"{rank} {mark}{_camera(match)}\n{match['similarity']:.3g}"
            _show(row[rank], match, caption, color, root, context)
    return figure


def _camera(entry: Mapping[str, Any]) -> str:
    """Return the camera number if the dataset has one."""
    return f", cam {entry['camera_id']}" if entry["camera_id"] >= 0 else ""


def _show(
    axis: Axes,
    entry: Mapping[str, Any],
    caption: str,
    color: str,
    root: str | Path,
    context: float | None,
) -> None:
    """Show the view of an entry with its box, in pixels of the frame."""
    frame = read_image(entry, root)
    box = entry["box"]
    left, top, right, bottom = view_around(box, (frame.height, frame.width), context)
    view = frame.crop((left, top, right, bottom))
    view.thumbnail((PIXELS, PIXELS))
    show_cell(axis, view, caption, color, extent=(left, right, bottom, top))
    size = (box[2] - box[0], box[3] - box[1])
    axis.add_patch(
        Rectangle((box[0], box[1]), *size, fill=False, edgecolor=color, linewidth=1.5)
    )
