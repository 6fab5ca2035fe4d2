"""Market-1501 attributes, annotated per identity."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.datasets.layouts import find_image_folder, market1501_name
from solider_mm.downstream.attribute.attribute_dataset import AttributeDataset
from solider_mm.downstream.attribute.attribute_table import AttributeTable, text_list
from solider_mm.fileio.images import is_image_name
from solider_mm.fileio.matlab import content_errors, read_mat
from solider_mm.registry import DATASETS

__all__ = ["Market1501Attributes"]

_ANNOTATION = "market_attribute.mat"
_SUBSETS = {"train": ("train",), "test": ("query", "test")}
_AGES = ("young", "teenager", "adult", "old")  # values 1 to 4
_UPPER_COLORS = ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")
_LOWER_COLORS = (
    *("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown"),
)
# Binary fields of the file and the meaning of their value 2. The two halves of the file
# have their fields in different orders, so they are read by name.
_BINARY = {
    "gender": "female",
    "hair": "long_hair",
    "hat": "hat",
    "up": "short_sleeves",
    "down": "short_lower_clothing",
    "clothes": "trousers",
    "backpack": "backpack",
    "bag": "bag",
    "handbag": "handbag",
    **{f"up{color}": f"upper_{color}" for color in _UPPER_COLORS},
    **{f"down{color}": f"lower_{color}" for color in _LOWER_COLORS},
}
_CLASSES = (*(f"age_{age}" for age in _AGES), *_BINARY.values())


@DATASETS.register_module()
class Market1501Attributes(AttributeDataset):
    """Market-1501 images with the attributes of their identities.

    There are 30 attributes: age as four classes, of which exactly one is 1, and 26
    binary fields, named by the meaning of a positive: `female`, `long_hair`, `hat`,
    `short_sleeves`, `short_lower_clothing`, `trousers`, `backpack`, `bag`, `handbag`,
    and the colors `upper_…` and `lower_…`. Distractors and junk (identities 0 and −1)
    have no attributes and are removed.

    Args:
        data_root: Folder of Market-1501, or its parent folder.
        split: Split 'train' (`bounding_box_train`) or 'test' (`query` and
            `bounding_box_test`).
        ann_file: Attribute file; None is `market_attribute.mat` in the folder of the
            dataset.
        **kwargs: Arguments of `AttributeDataset`.

    Raises:
        FileNotFoundError: If the attributes or the images are missing.
        ValueError: If an identity has no attributes, or a field is not as expected.

    Source:
        Yutian Lin et al., Improving Person Re-identification by Attribute and Identity
        Learning; the authors of SOLIDER do not evaluate on it.
    """

    def __init__(
        self,
        *,
        data_root: str,
        split: str = "train",
        ann_file: str | None = None,
        **kwargs: Any,
    ) -> None:
        if split not in _SUBSETS:
            raise ValueError(
                f"split {split!r} is unknown: expected {' or '.join(_SUBSETS)}"
            )
        self.attribute_file = ann_file
        super().__init__(data_root=data_root, split=split, **kwargs)

    def read(self) -> tuple[AttributeTable, Path, Sequence[float] | None]:
        """Read images and the attributes of their identities."""
        root = Path(self.data_root)
        home = find_image_folder(root, "market1501", "train").parent
        file = Path(self.attribute_file) if self.attribute_file else home / _ANNOTATION
        labels = _labels_by_identity(file)
        table = _table(home, self.split, labels)
        training = table if self.split == "train" else _table(home, "train", labels)
        return table, home, training.positive_ratio


def _table(
    home: Path, split: str, labels: Mapping[int, NDArray[np.uint8]]
) -> AttributeTable:
    """Return the images of a split, sorted by name."""
    images, rows = [], []
    for subset in _SUBSETS[split]:
        folder = find_image_folder(home, "market1501", subset)
        for path in sorted(filter(is_image_name, folder.iterdir())):
            identity = market1501_name(path).identity
            if identity <= 0:
                continue
            if identity not in labels:
                raise ValueError(
                    f"identity {identity} of {str(path)!r} has no attributes: expected "
                    f"it in {_ANNOTATION}; use the attribute file of these images"
                )
            images.append(f"{folder.name}/{path.name}")
            rows.append(labels[identity])
    if not images:
        raise ValueError(
            f"{str(home)!r} has no image of split {split!r}: set SOLIDER_MM_DATA or "
            "the dataset's data_root"
        )
    return AttributeTable(images, np.stack(rows), _CLASSES)


def _labels_by_identity(file: Path) -> dict[int, NDArray[np.uint8]]:
    """Return the labels (30,) of each identity in both halves of the file."""
    if not file.is_file():
        raise FileNotFoundError(
            f"no attributes at {str(file)!r}: put {_ANNOTATION} into the folder of "
            "Market-1501, or set ann_file"
        )
    variables = read_mat(file, simplify_cells=True)
    with content_errors(file):
        content = variables["market_attribute"]
        halves = [content["train"], content["test"]]
        return {
            identity: row
            for half in halves
            for identity, row in _half_labels(half, file).items()
        }


def _half_labels(half: Mapping[str, Any], file: Path) -> dict[int, NDArray[np.uint8]]:
    absent = [name for name in ("image_index", "age", *_BINARY) if name not in half]
    if absent:
        raise ValueError(
            f"{str(file)!r} has no field {absent[0]!r}: expected the "
            f"{len(_BINARY) + 1} fields of Market-1501's attributes"
        )
    identities = [int(text) for text in text_list(half["image_index"])]
    fields = [np.atleast_1d(half[name]) for name in ("age", *_BINARY)]
    if any(field.shape != (len(identities),) for field in fields):
        raise ValueError(
            f"{str(file)!r}: expected one value per identity in every field"
        )
    age, binary = fields[0], np.stack(fields[1:], axis=1)  # (M,), (M, 26)
    if not (np.isin(age, (1, 2, 3, 4)).all() and np.isin(binary, (1, 2)).all()):
        raise ValueError(
            f"{str(file)!r} has values out of range: expected 1 to 4 for age, 1 (no) "
            "or 2 (yes) for the others"
        )
    ages = age[:, None] == np.arange(1, 5)  # (M, 4)
    labels = np.concatenate([ages, binary == 2], axis=1).astype(np.uint8)  # (M, 30)
    return dict(zip(identities, labels, strict=True))
