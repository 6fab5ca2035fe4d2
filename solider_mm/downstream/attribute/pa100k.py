"""PA100K: 100,000 outdoor pedestrians with 26 attributes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from solider_mm.downstream.attribute.attribute_dataset import AttributeDataset
from solider_mm.downstream.attribute.attribute_table import (
    AttributeTable,
    binary_labels,
    text_list,
)
from solider_mm.fileio.matlab import content_errors, read_mat
from solider_mm.registry import DATASETS

__all__ = ["PA100K"]

# Columns of the annotation in the order in which they are evaluated.
_EVALUATED = (7, 8, *range(13, 26), 9, 10, 11, 12, 1, 2, 3, 0, 4, 5, 6)
_PARTS = {
    "train": ("train",),
    "val": ("val",),
    "trainval": ("train", "val"),
    "test": ("test",),
}
# Published under several spellings.
_HOMES = ("", "PA100k", "PA100K", "PA-100K", "pa100k")
_ANNOTATION = "annotation.mat"


@DATASETS.register_module()
class PA100K(AttributeDataset):
    """PA100K as published: `annotation.mat` beside the folder `data`.

    Args:
        data_root: Folder with both, or the parent folder of `PA100k`.
        split: Split: 'train', 'val', 'trainval' or 'test'.
        train_split: Split from which `positive_ratio` is computed.
        image_folder: Folder of the images, relative to the annotation.
        **kwargs: Arguments of `AttributeDataset`.

    Raises:
        FileNotFoundError: If the annotation or an image is missing.
        ValueError: If a split is unknown, or the annotation is not that of PA100K.

    Source:
        docs/reference.md §5.2; the attribute names are those of the file.
    """

    def __init__(
        self,
        *,
        data_root: str,
        split: str = "trainval",
        train_split: str = "trainval",
        image_folder: str = "data",
        **kwargs: Any,
    ) -> None:
        for name in (split, train_split):
            if name not in _PARTS:
                raise ValueError(
                    f"split {name!r} is unknown: expected one of {', '.join(_PARTS)}"
                )
        self.train_split = train_split
        self.image_folder = image_folder
        super().__init__(data_root=data_root, split=split, **kwargs)

    def read(self) -> tuple[AttributeTable, Path, Sequence[float] | None]:
        """Read `annotation.mat`."""
        home = _find_home(Path(self.data_root))
        file = home / _ANNOTATION
        content = read_mat(file)
        with content_errors(file):
            table = _split_table(content, self.split, file)
            training = _split_table(content, self.train_split, file)
        return table, home / self.image_folder, training.positive_ratio


def _find_home(data_root: Path) -> Path:
    for name in _HOMES:
        if (data_root / name / _ANNOTATION).is_file():
            return data_root / name
    raise FileNotFoundError(
        f"no {_ANNOTATION} in {str(data_root)!r} or in a folder {', '.join(_HOMES[1:])}"
        " in it: set SOLIDER_MM_DATA or the dataset's data_root to PA100K's folder"
    )


def _split_table(content: Mapping[str, Any], split: str, file: Path) -> AttributeTable:
    """Return the rows of a split, columns in evaluated order."""
    tables = [_part_table(content, part, file) for part in _PARTS[split]]
    return tables[0] if len(tables) == 1 else tables[0].join(tables[1])


def _part_table(content: Mapping[str, Any], part: str, file: Path) -> AttributeTable:
    keys = ("attributes", f"{part}_images_name", f"{part}_label")
    absent = [key for key in keys if key not in content]
    if absent:
        raise ValueError(
            f"{str(file)!r} has no field {absent[0]!r}: expected PA100K's "
            "annotation.mat"
        )
    names, images = (text_list(content[key]) for key in keys[:2])
    labels = binary_labels(content[keys[2]], file)
    if len(names) != len(_EVALUATED) or labels.shape != (len(images), len(names)):
        raise ValueError(
            f"{str(file)!r} names {len(names)} attributes and {len(images)} images of "
            f"{part!r}, its labels have shape {labels.shape}: expected 26 attributes, "
            "one row per image and one column per attribute"
        )
    classes = tuple(names[column] for column in _EVALUATED)
    return AttributeTable(images, labels[:, _EVALUATED], classes)
