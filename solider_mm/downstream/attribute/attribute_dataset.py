"""The base of the attribute data sets: samples, names, frequencies, missing images."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from solider_mm.datasets.transforms import UnreadableImageError
from solider_mm.downstream.attribute.attribute_table import AttributeTable

__all__ = ["AttributeDataset"]

_REMEDY = "set SOLIDER_MM_DATA or the dataset's data_root"


class AttributeDataset(BaseDataset):
    """Person images with binary attributes.

    A sample has `img_path`, `gt_score` (A,) of zeros and ones, float32, and
    `gt_label`, the numbers of its positive attributes. The metainfo has `classes`,
    the ordered names, and `positive_ratio`, the share of positives of each attribute
    in the training split (None where a source does not tell it).

    Args:
        data_root: Folder of the data set.
        split: Part of the data set.
        classes: Attributes to use, in this order; None takes all in the order in which
            they are evaluated.
        pipeline: Transforms of a sample.
        metainfo: Further entries for the metainfo.
        test_mode: Mmengine's.

    Raises:
        FileNotFoundError: If a file or an image is missing.
        ValueError: If the annotation is not as expected.

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
                f"data set; {_REMEDY}"
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
            The table of the split, the folder of its images, and the positive ratio of
            the training split for the table's attributes, if it is told.
        """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the split, check that its images are there, and list the samples."""
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
        """Send a sample through the pipeline.

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
    """Find images that are not there, looking into each folder once."""
    wanted = defaultdict(list)
    for name in names:
        wanted[(folder / name).parent].append(Path(name).name)
    missing = []
    for place, files in wanted.items():
        present = {entry.name for entry in place.iterdir()} if place.is_dir() else set()
        missing += [place / name for name in files if name not in present]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(names)} images are missing, the first is "
            f"{str(missing[0])!r}: complete the folder, or {_REMEDY}"
        )
