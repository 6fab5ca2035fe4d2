"""Protocol tables of CUHK-SYSU: queries and their galleries."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.downstream.person_search.annotations import (
    AnnotatedQuery,
    boxes_from_xywh,
    read_variable,
)

__all__ = [
    "IMAGES",
    "TABLES",
    "SearchProtocol",
    "read_cuhk_sysu_protocol",
    "unwrap_cell",
]

IMAGES = Path("Image", "SSM")
TABLES = Path("annotation", "test", "train_test")


@dataclass(frozen=True, eq=False)
class SearchProtocol:
    """Queries and their galleries.

    Attributes:
        queries: Queries in the order of the table; identity 1 comes first.
        galleries: Gallery of each query: `frames` (n,), indices into `names`, and
            `boxes` (n, 4), NaN where the person is not in the frame.
        names: File names of all gallery frames.
    """

    queries: list[AnnotatedQuery]
    galleries: list[dict[str, Any]]
    names: NDArray[np.str_]


def read_cuhk_sysu_protocol(root: Path, protocol: str) -> SearchProtocol:
    """Read queries and their galleries.

    Args:
        root: Folder that contains `annotation/test/train_test`.
        protocol: Name of the table, 'TestG50' to 'TestG4000'.

    Returns:
        Queries and galleries of the table.

    Raises:
        FileNotFoundError: If the table is missing.
        ValueError: If the table is broken.
    """
    path = root / TABLES / f"{protocol}.mat"
    numbers: dict[str, int] = {}
    queries, galleries = [], []
    for person, row in enumerate(np.atleast_1d(read_variable(path, (protocol,))), 1):
        query = unwrap_cell(row["Query"])
        boxes, has_area = boxes_from_xywh(unwrap_cell(query["idlocate"]), source=path)
        if not has_area.all() or len(boxes) != 1:
            raise ValueError(
                f"{path}: query {person} has no box; download the file again"
            )
        image = root / IMAGES / str(query["imname"])
        queries.append(AnnotatedQuery(image, boxes[0], person))
        items = np.atleast_1d(unwrap_cell(row["Gallery"]))
        frames = [numbers.setdefault(str(i["imname"]), len(numbers)) for i in items]
        galleries.append(
            {"frames": np.array(frames, np.int32), "boxes": _targets(items, path)}
        )
    return SearchProtocol(queries, galleries, np.array(list(numbers), dtype=np.str_))


def unwrap_cell(cell: Any) -> Any:
    """Remove the 0-d object array around the content of a MATLAB cell."""
    wrapped = isinstance(cell, np.ndarray) and cell.ndim == 0 and cell.dtype == object
    return cell.item() if wrapped else cell


def _targets(items: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """Return the person's box in each frame, (n, 4), NaN where it is absent."""
    boxes = np.full((len(items), 4), np.nan, dtype=np.float32)
    located = [np.ravel(item["idlocate"]) for item in items]
    present = np.array([bool(row.size) for row in located], dtype=np.bool_)
    found = [row for row in located if row.size]
    corners, has_area = boxes_from_xywh(found, source=path)
    boxes[np.nonzero(present)[0][has_area]] = corners[has_area]
    return boxes
