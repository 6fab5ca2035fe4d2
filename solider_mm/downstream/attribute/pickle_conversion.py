"""Conversion of attribute pickles to one JSON per split."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.downstream.attribute.attribute_table import (
    AttributeTable,
    binary_labels,
)
from solider_mm.fileio.json_file import write_json

__all__ = ["convert_pickle", "write_splits"]

_SPLITS = ("train", "val", "trainval", "test")
_NEEDED = ("image_name", "label", "attr_name", "label_idx", "partition")


def convert_pickle(
    content: Any, source: str | Path, *, run: int = 0
) -> dict[str, dict[str, Any]]:
    """Convert the content of a pickle to mmpretrain's multi-label annotations.

    Only the evaluated attributes (`label_idx.eval`) are kept, in their order.
    `positive_ratio` is that of the training split: of 'train' for 'train' itself, of
    'trainval' (or else 'train') for the other splits.

    Args:
        content: Mapping with `image_name` (N), `label` (N, all attributes),
            `attr_name`, `label_idx` and `partition`.
        source: Path of the pickle, for messages and the metainfo.
        run: Index of the partition to use.

    Returns:
        Content of each split, a dict with `metainfo` and `data_list`.

    Raises:
        ValueError: If a field is missing or inconsistent.

    Source:
        docs/reference.md §5.2: the layout of these files; the first partition is used.
    """
    if not isinstance(content, Mapping):
        raise ValueError(
            f"{str(source)!r} has a {type(content).__name__}: expected a dict with "
            f"{', '.join(_NEEDED)}"
        )
    absent = [key for key in _NEEDED if key not in content]
    if absent:
        raise ValueError(
            f"{str(source)!r} has no field {absent[0]!r}: expected {', '.join(_NEEDED)}"
        )
    table = _evaluated_table(content, source)
    rows = {
        split: _rows(content["partition"][split], split, run, len(table.images), source)
        for split in _SPLITS
        if split in content["partition"]
    }
    if not {"train", "trainval"} & set(rows):
        raise ValueError(
            f"{str(source)!r} has the partitions {list(content['partition'])}: "
            "expected train or trainval among them"
        )
    parts = {split: _take(table, chosen) for split, chosen in rows.items()}
    training = parts.get("trainval") or parts["train"]
    return {
        split: _annotation(
            part, part if split == "train" else training, split, Path(source).name
        )
        for split, part in parts.items()
    }


def write_splits(
    annotations: Mapping[str, Mapping[str, Any]], folder: str | Path
) -> Iterator[tuple[Path, int]]:
    """Write `SPLIT.json` files, one after the other.

    Args:
        annotations: Result of `convert_pickle`.
        folder: Folder of the files; created if missing.

    Yields:
        Path and number of images of each file.
    """
    folder = Path(folder)
    for split, annotation in annotations.items():
        path = folder / f"{split}.json"
        write_json(path, annotation)
        yield path, len(annotation["data_list"])


def _evaluated_table(content: Mapping[str, Any], source: str | Path) -> AttributeTable:
    """Return all images with the evaluated attributes."""
    labels = np.asarray(content["label"])
    names = [str(name) for name in content["attr_name"]]
    images = [str(name) for name in content["image_name"]]
    if "eval" not in content["label_idx"]:
        raise ValueError(
            f"{str(source)!r} has no label_idx.eval: expected the numbers of the "
            "evaluated attributes there"
        )
    columns = np.asarray(content["label_idx"]["eval"], dtype=np.int64).ravel()
    count = labels.shape[1] if labels.ndim == 2 else 0
    if len(labels) != len(images) or not count:
        raise ValueError(
            f"{str(source)!r} names {len(images)} images, its labels have shape "
            f"{labels.shape}: expected one row per image"
        )
    width = min(count, len(names))
    if columns.size == 0 or columns.min() < 0 or columns.max() >= width:
        raise ValueError(
            f"{str(source)!r}: label_idx.eval asks for columns {columns.tolist()}, but "
            f"{count} columns and {len(names)} names are there: expected numbers from "
            f"0 to {width - 1}"
        )
    classes = tuple(names[column] for column in columns)
    return AttributeTable(images, binary_labels(labels[:, columns], source), classes)


def _rows(
    partition: Any, split: str, run: int, num_images: int, source: str | Path
) -> NDArray[np.int64]:
    """Return the image indices of a split from one array or several runs."""
    runs: Sequence[Any] = [partition]
    if (
        isinstance(partition, list | tuple)
        and partition
        and not np.isscalar(partition[0])
    ):
        runs = partition
    if not 0 <= run < len(runs):
        raise ValueError(
            f"{str(source)!r} has {len(runs)} partitions of {split!r}, run is {run}: "
            f"expected 0 to {len(runs) - 1}"
        )
    rows = np.asarray(runs[run]).ravel().astype(np.int64)
    if rows.size == 0 or rows.min() < 0 or rows.max() >= num_images:
        raise ValueError(
            f"{str(source)!r}: partition.{split} holds {rows.size} numbers"
            f"{f' from {rows.min()} to {rows.max()}' if rows.size else ''}: expected "
            f"numbers of images, from 0 to {num_images - 1}"
        )
    return rows


def _take(table: AttributeTable, rows: NDArray[np.int64]) -> AttributeTable:
    images = [table.images[row] for row in rows]
    return AttributeTable(images, table.labels[rows], table.classes)


def _annotation(
    table: AttributeTable, training: AttributeTable, split: str, source: str
) -> dict[str, Any]:
    return {
        "metainfo": {
            "source": source,
            "split": split,
            "classes": list(table.classes),
            "positive_ratio": list(training.positive_ratio),
        },
        "data_list": [
            {"img_path": image, "gt_label": np.flatnonzero(row).tolist()}
            for image, row in zip(table.images, table.labels, strict=True)
        ],
    }
