"""What the files of a person-search set say, whatever their layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

__all__ = ["AnnotatedFrame", "AnnotatedQuery", "boxes_from_xywh", "read_mat"]

_UNREADABLE = (MatReadError, ValueError, TypeError, OSError, NotImplementedError)


@dataclass(frozen=True, eq=False)
class AnnotatedFrame:
    """One scene image.

    Attributes:
        path: Of the image.
        boxes: (G, 4) as x1, y1, x2, y2 in pixels, each with an area.
        person_ids: (G,) as the files number people; -1 without a name.
        camera: Number of the camera; -1 where the set tells none.
    """

    path: Path
    boxes: NDArray[np.float64]
    person_ids: NDArray[np.int64]
    camera: int = -1


@dataclass(frozen=True, eq=False)
class AnnotatedQuery:
    """A person to look for.

    Attributes:
        path: Of the frame.
        box: (4,) as x1, y1, x2, y2 in pixels.
        person_id: As the files number people.
        camera: Number of the camera; -1 where the set tells none.
    """

    path: Path
    box: NDArray[np.float64]
    person_id: int
    camera: int = -1


def read_mat(path: Path, names: Sequence[str] = ()) -> Any:
    """Read one variable of a MATLAB file.

    Args:
        path: Of the file.
        names: Variables to look for, the first that is there is taken; without names,
            the only one.

    Returns:
        Its content, squeezed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, or lacks the variable.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: expected it in the data set's own layout; set "
            "data_root or SOLIDER_MM_DATA to the folder that holds it"
        )
    try:
        content: Mapping[str, Any] = loadmat(str(path), squeeze_me=True)
    except _UNREADABLE as error:
        raise ValueError(
            f"{path} is not a readable MATLAB file ({error}); get it anew"
        ) from error
    found = [name for name in content if not name.startswith("__")]
    for name in names or found[:1]:
        if name in content:
            return content[name]
    raise ValueError(
        f"{path} holds {found or 'nothing'}, expected "
        f"{' or '.join(names) or 'a table'}; is it the right file?"
    )


def boxes_from_xywh(
    rows: Any, *, where: Path
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Corners of boxes given by corner and size.

    Negative coordinates become 0 before the size is added, like the authors'.

    Args:
        rows: (G, 4) x, y, w, h.
        where: File to name if it is broken.

    Returns:
        (G, 4) as x1, y1, x2, y2, and which of them have an area (G,).

    Raises:
        ValueError: If a row is not four numbers.
    """
    try:
        given = np.array(rows, dtype=np.float64).reshape(-1, 4)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{where} has boxes that are not x, y, w, h ({error}); correct the file"
        ) from error
    if not np.isfinite(given).all():
        raise ValueError(f"{where} has a box that is not finite; correct the file")
    boxes: NDArray[np.float64] = np.clip(given, 0, None)
    has_area: NDArray[np.bool_] = np.all(boxes[:, 2:] > 0, axis=1)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, has_area
