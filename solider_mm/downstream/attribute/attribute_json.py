"""Attributes from the JSON files of tools/dataset_converters/convert_attributes.py."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.downstream.attribute.attribute_dataset import AttributeDataset
from solider_mm.downstream.attribute.attribute_table import AttributeTable
from solider_mm.fileio.text_file import read_text, with_forward_slashes
from solider_mm.registry import DATASETS

__all__ = ["AttributeJSON"]


@DATASETS.register_module()
class AttributeJSON(AttributeDataset):
    """PETA, RAPv2 and others in mmpretrain's multi-label JSON, one file per split.

    The file is `{"metainfo": {"classes": [...], "positive_ratio": [...]},
    "data_list": [{"img_path": ..., "gt_label": [numbers of the positives]}]}`.

    Args:
        data_root: Folder of the dataset.
        split: Name of the split; the file is `SPLIT.json` in `ann_folder`.
        ann_folder: Folder of the JSON files, relative to `data_root`.
        image_folder: Folder to which image paths are relative, relative to `data_root`.
        **kwargs: Arguments of `AttributeDataset`.

    Raises:
        FileNotFoundError: If the JSON or an image is missing.
        ValueError: If the JSON is invalid.
    """

    def __init__(
        self,
        *,
        data_root: str,
        split: str = "trainval",
        ann_folder: str = "zero_shot",
        image_folder: str = "images",
        **kwargs: Any,
    ) -> None:
        self.ann_folder = ann_folder
        self.image_folder = image_folder
        super().__init__(data_root=data_root, split=split, **kwargs)

    def read(self) -> tuple[AttributeTable, Path, Sequence[float] | None]:
        """Read the split's JSON."""
        root = Path(self.data_root)
        file = root / self.ann_folder / f"{self.split}.json"
        if not file.is_file():
            raise FileNotFoundError(
                f"no annotation at {str(file)!r}: write it with "
                "tools/dataset_converters/convert_attributes.py, or set data_root, "
                "ann_folder and split"
            )
        try:
            content = json.loads(read_text(file))
            classes = tuple(map(str, content["metainfo"]["classes"]))
            images = [
                with_forward_slashes(str(item["img_path"]))
                for item in content["data_list"]
            ]
            positives = [item["gt_label"] for item in content["data_list"]]
            ratios = content["metainfo"].get("positive_ratio")
            labels = _one_hot(positives, len(classes))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(
                f"{str(file)!r} is not a multi-label annotation ({error!r}): expected "
                "metainfo.classes and data_list with img_path and gt_label below "
                "the number of classes"
            ) from error
        if ratios is not None and len(ratios) != len(classes):
            raise ValueError(
                f"{str(file)!r} has {len(ratios)} positive ratios for {len(classes)} "
                "classes: expected one per class"
            )
        return AttributeTable(images, labels, classes), root / self.image_folder, ratios


def _one_hot(positives: Sequence[Sequence[int]], count: int) -> NDArray[np.uint8]:
    """Convert indices of positives to labels (N, A) uint8."""
    labels = np.zeros((len(positives), count), np.uint8)
    for row, numbers in zip(labels, positives, strict=True):
        if any(number < 0 for number in numbers):
            raise ValueError(f"gt_label {numbers}")
        row[np.asarray(numbers, dtype=np.int64)] = 1
    return labels
