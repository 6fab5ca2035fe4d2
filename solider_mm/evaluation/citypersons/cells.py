"""Original CityPersons annotations: MATLAB cells, one per image."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.matlab import read_mat

__all__ = ["AnnotatedImage", "read_cells", "require_annotation_file"]


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """One cell of `anno_{train,val}.mat`.

    Attributes:
        city: Folder of the image.
        name: File name of the image.
        table: Rows (N, 10) int64: class, x, y, w, h, instance id, and x, y, w, h of the
            visible part. Classes are 0 ignore region, 1 pedestrian, 2 rider, 3 sitting
            person, 4 other person, 5 people group.
    """

    city: str
    name: str
    table: NDArray[np.int64]


def read_cells(path: str | Path) -> list[AnnotatedImage]:
    """Read the original annotations in the order of the file.

    Args:
        path: Path of `anno_train.mat` or `anno_val.mat`.

    Returns:
        One entry per image, including images without boxes.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file does not hold cells with ten columns.
    """
    path = Path(path)
    require_annotation_file(path)
    content = read_mat(path, chars_as_strings=True)
    keys = [key for key in content if key.startswith("anno_")]
    if len(keys) != 1:
        raise ValueError(
            f"{str(path)!r} has the variables {sorted(content)}, expected one "
            "'anno_train_aligned' or 'anno_val_aligned'; give the original file."
        )
    cells = np.ravel(content[keys[0]])
    return [_read_cell(cell, number, path) for number, cell in enumerate(cells)]


def _read_cell(cell: Any, number: int, path: Path) -> AnnotatedImage:
    try:
        fields = cell.ravel()[0]
        city, name = (str(np.ravel(fields[key])[0]) for key in ("cityname", "im_name"))
        table = np.asarray(fields["bbs"])
        # Cells come as uint8, int16, uint16: widths and heights are multiplied later.
        table = table.astype(np.int64).reshape(-1, 10)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ValueError(
            f"cell {number} of {str(path)!r} is invalid ({error}); expected "
            "cityname, im_name and bbs of ten columns, as in the original file."
        ) from error
    return AnnotatedImage(city, name, table)


def require_annotation_file(path: Path) -> None:
    """Check that an annotation file exists.

    Args:
        path: Path of the file.

    Raises:
        FileNotFoundError: If the file does not exist.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"annotation file {str(path)!r} does not exist; see "
            "configs/pedestrian_detection/README.md for the expected file layout."
        )
