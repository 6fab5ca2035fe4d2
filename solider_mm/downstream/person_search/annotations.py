"""Annotation records and MATLAB reading shared by all person search layouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.matlab import read_mat

__all__ = ["AnnotatedFrame", "AnnotatedQuery", "boxes_from_xywh", "read_variable"]


@dataclass(frozen=True, eq=False)
class AnnotatedFrame:
    """One scene image.

    Attributes:
        path: Image path.
        boxes: Corners x1, y1, x2, y2 in pixels, (G, 4), each with an area.
        person_ids: Identities as numbered in the files, (G,); -1 if unlabeled.
        camera: Camera number; -1 if the dataset has none.
    """

    path: Path
    boxes: NDArray[np.float64]
    person_ids: NDArray[np.int64]
    camera: int = -1


@dataclass(frozen=True, eq=False)
class AnnotatedQuery:
    """A person to search for.

    Attributes:
        path: Path of the query's frame.
        box: Corners x1, y1, x2, y2 in pixels, (4,).
        person_id: Identity as numbered in the files.
        camera: Camera number; -1 if the dataset has none.
    """

    path: Path
    box: NDArray[np.float64]
    person_id: int
    camera: int = -1


def read_variable(path: Path, names: Sequence[str] = ()) -> Any:
    """Read one variable of a MATLAB file.

    Args:
        path: File path.
        names: Names to try in order; without names the first variable is read.

    Returns:
        Squeezed content of the variable.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file cannot be read or lacks the variable.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing, expected in the dataset's own layout: set data_root "
            "or SOLIDER_MM_DATA to the folder that contains it"
        )
    content = read_mat(path, squeeze_me=True)
    found = [name for name in content if not name.startswith("__")]
    for name in names or found[:1]:
        if name in content:
            return content[name]
    raise ValueError(
        f"{path} contains {found or 'nothing'}, expected "
        f"{' or '.join(names) or 'a table'}; use the dataset's original file"
    )


def boxes_from_xywh(
    rows: Any, *, source: Path | str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Convert boxes from corner and size to two corners.

    Negative coordinates become 0 before the size is added, as in the released code.

    Args:
        rows: Boxes x, y, w, h, (G, 4).
        source: Origin of the boxes, named in errors.

    Returns:
        Corners x1, y1, x2, y2, (G, 4), and a mask (G,) of the boxes with an area.

    Raises:
        ValueError: If a row is not four finite numbers.
    """
    try:
        given = np.array(rows, dtype=np.float64).reshape(-1, 4)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{source} has boxes that are not x, y, w, h ({error}); correct the file"
        ) from error
    if not np.isfinite(given).all():
        raise ValueError(f"{source} has a box that is not finite; correct the file")
    boxes: NDArray[np.float64] = np.clip(given, 0, None)
    has_area: NDArray[np.bool_] = np.all(boxes[:, 2:] > 0, axis=1)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, has_area
