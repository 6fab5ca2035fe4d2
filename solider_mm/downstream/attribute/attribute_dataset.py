"""Base class of the attribute datasets."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from solider_mm.downstream.attribute.attribute_table import AttributeTable
from solider_mm.fileio.decoding import UnreadableImageError

__all__ = ["AttributeDataset"]

_REMEDY = "set SOLIDER_MM_DATA or the dataset's data_root"


class AttributeDataset(BaseDataset):
    """Person images with binary attributes.

    A sample has `img_path`, `gt_score` (A,) of zeros and ones, float32, and
    `gt_label`, the indices of its positive attributes. The metainfo has `classes`, the
    ordered names, and `positive_ratio`, the share of positives of each attribute in the
    training split (None if unknown).

    Args:
        data_root: Folder of the dataset.
        split: Split of the dataset.
        classes: Attributes to use, in this order; None uses all in evaluated order.
        pipeline: Transforms of a sample.
        metainfo: Additional entries of the metainfo.
        test_mode: Argument of mmengine's `BaseDataset`.

    Raises:
        FileNotFoundError: If a file or an image is missing.
        ValueError: If the annotation is invalid.

    Source:
        docs/reference.md §5.2, §Appendix D.
    """

    METAINFO: dict[str, Any] = {}  # noqa: RUF012  (mmengine's form)

    def __init__(
        self,
        *,
        data_root: str,
        split: str,
        classes: Sequence[str] | None = None,
        pipeline: Sequence[dict[str, Any] | Callable[..., Any]] = (),
        metainfo: dict[str, Any] | None = None,
        test_mode: bool = False,
    ) -> None:
        self.split = split
        self._chosen = classes
        if not Path(data_root).is_dir():
            raise FileNotFoundError(
                f"data_root {data_root!r} does not exist: expected the folder of the "
                f"dataset; {_REMEDY}"
            )
        super().__init__(
            ann_file="",
            metainfo=metainfo,
            data_root=data_root,
            data_prefix={},
            pipeline=list(pipeline),
            test_mode=test_mode,
        )

    @abstractmethod
    def read(self) -> tuple[AttributeTable, Path, Sequence[float] | None]:
        """Read the annotation.

        Returns:
            Table of the split, folder of its images, and positive ratio of the training
            split for the attributes of the table, or None.
        """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the split, check that its images exist, and list the samples."""
        table, folder, ratios = self.read()
        if self._chosen is not None:
            every, table = table, table.select(self._chosen)
            if ratios is not None:
                by_name = dict(zip(every.classes, ratios, strict=True))
                ratios = [by_name[name] for name in table.classes]
        _check_images(folder, table.images)
        self._metainfo["classes"] = table.classes
        self._metainfo["positive_ratio"] = None if ratios is None else tuple(ratios)
        return [
            {
                "img_path": str(folder / name),
                "gt_score": row.astype(np.float32),
                "gt_label": np.flatnonzero(row).tolist(),
            }
            for name, row in zip(table.images, table.labels, strict=True)
        ]

    def prepare_data(self, idx: int) -> Any:
        """Return a sample after the pipeline.

        Raises:
            ValueError: If its image cannot be read.
        """
        try:
            return super().prepare_data(idx)
        except UnreadableImageError as error:
            path = self.get_data_info(idx)["img_path"]
            raise UnreadableImageError(
                f"image {path!r} is {error}: replace it, or remove its row from the "
                "annotation"
            ) from error


def _check_images(folder: Path, names: Sequence[str]) -> None:
    """Check that all images exist, listing each folder once."""
    wanted = defaultdict(list)
    for name in names:
        wanted[(folder / name).parent].append(Path(name).name)
    missing = []
    for parent, files in wanted.items():
        present = set()
        if parent.is_dir():
            present = {entry.name for entry in parent.iterdir()}
        missing += [parent / name for name in files if name not in present]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(names)} images are missing, the first is "
            f"{str(missing[0])!r}: complete the folder, or {_REMEDY}"
        )
