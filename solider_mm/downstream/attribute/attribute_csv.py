"""Attributes from a CSV with one row per image and one column per attribute."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.downstream.attribute.attribute_dataset import AttributeDataset
from solider_mm.downstream.attribute.attribute_table import (
    AttributeTable,
    binary_labels,
)
from solider_mm.fileio.text_file import read_text, with_forward_slashes
from solider_mm.registry import DATASETS

__all__ = ["AttributeCSV"]

_IMAGE, _SPLIT = "image", "split"


@DATASETS.register_module()
class AttributeCSV(AttributeDataset):
    """Attributes from one CSV: columns `image`, `split`, then one per attribute.

    Example of a file::

        image,split,hat,backpack
        0001.jpg,train,0,1
        0002.jpg,test,1,0

    Args:
        data_root: Folder to which image paths are relative.
        ann_file: CSV file, relative to `data_root`.
        split: Values of the column `split` to use, joined by '+', for example 'train'
            or 'train+val'.
        train_split: Values of the column `split` from which `positive_ratio` is
            computed, joined by '+'.
        **kwargs: Arguments of `AttributeDataset`.

    Raises:
        FileNotFoundError: If the CSV or an image is missing.
        ValueError: If a column, a split or a value is invalid.
    """

    def __init__(
        self,
        *,
        data_root: str,
        ann_file: str = "attributes.csv",
        split: str = "train",
        train_split: str = "train",
        **kwargs: Any,
    ) -> None:
        self.train_split = train_split
        self.csv_file = Path(data_root) / ann_file
        super().__init__(data_root=data_root, split=split, **kwargs)

    def read(self) -> tuple[AttributeTable, Path, Sequence[float] | None]:
        """Read the CSV."""
        header, rows = _read_rows(self.csv_file)
        table = _table(self.csv_file, header, rows, self.split)
        training = _table(self.csv_file, header, rows, self.train_split)
        return table, Path(self.data_root), training.positive_ratio


def _read_rows(file: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and rows after checking the number of columns."""
    if not file.is_file():
        raise FileNotFoundError(
            f"attribute table {str(file)!r} does not exist: set data_root and ann_file"
        )
    reader = csv.reader(read_text(file).splitlines(keepends=True))
    lines = [(reader.line_num, row) for row in reader if row]
    header = [name.strip() for name in lines[0][1]] if lines else []
    if _IMAGE not in header or _SPLIT not in header or len(header) < 3:
        raise ValueError(
            f"{str(file)!r} begins with the columns {header}: expected 'image', "
            "'split' and at least one attribute"
        )
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise ValueError(
                f"{str(file)!r} line {number} has {len(row)} columns: expected "
                f"{len(header)}, as in the header"
            )
    return header, [row for _, row in lines[1:]]


def _table(
    file: Path, header: list[str], rows: list[list[str]], split: str
) -> AttributeTable:
    """Return the rows of some splits."""
    column_of_split = header.index(_SPLIT)
    present = {row[column_of_split].strip() for row in rows}
    unknown = set(split.split("+")) - present
    if unknown:
        raise ValueError(
            f"{str(file)!r} has no row of split {min(unknown)!r}: expected one of "
            f"{', '.join(sorted(present))}, or several joined by '+'"
        )
    taken = [row for row in rows if row[column_of_split].strip() in split.split("+")]
    columns = [i for i, name in enumerate(header) if name not in (_IMAGE, _SPLIT)]
    place = header.index(_IMAGE)
    images = [with_forward_slashes(row[place].strip()) for row in taken]
    cells = np.array([[row[column].strip() for column in columns] for row in taken])
    numbers = np.full(cells.shape, -1)
    for word in ("0", "1", "2"):
        numbers[cells == word] = int(word)
    if (numbers < 0).any():
        row, column = np.argwhere(numbers < 0)[0]
        raise ValueError(
            f"{str(file)!r} says {header[columns[column]]}={str(cells[row, column])!r} "
            f"for {images[row]!r}: expected 0, 1, or 2 (unclear, taken as 0)"
        )
    names = tuple(header[column] for column in columns)
    return AttributeTable(images, binary_labels(numbers, file), names)
