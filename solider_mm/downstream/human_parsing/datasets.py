"""LIP and clothing-co-parsing for mmseg, checked before a run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmseg.datasets import BaseSegDataset, LIPDataset

from solider_mm.datasets import SeededIndex
from solider_mm.datasets.layouts import find_image_folder
from solider_mm.datasets.random_state import seeded
from solider_mm.downstream.human_parsing.clothing_classes import (
    COARSE_CLASSES,
    FINE_CLASSES,
    coarse_of,
)
from solider_mm.downstream.human_parsing.label_map import label_table
from solider_mm.downstream.human_parsing.palette import COARSE_PALETTE, class_palette
from solider_mm.registry import DATASETS

__all__ = ["ClothingCoParsing", "LIPParsing"]


class CheckedParsing(BaseSegDataset):
    """mmseg's reader, with sentences for data that is missing or empty.

    Every sample carries the `label_table` that `LoadLabelMap` reads its map by. A
    `SeededIndex` brings the seed of the sample's augmentations, so that a run which is
    resumed sees what it would have seen.
    """

    def label_classes(self) -> dict[int, int]:
        """Class of every value that a label map may hold."""
        return {number: number for number in range(len(self.metainfo["classes"]))}

    def list_samples(self) -> list[dict[str, Any]]:
        """List what mmseg finds, blank lines left out."""
        samples: list[dict[str, Any]] = super().load_data_list()
        return [sample for sample in samples if Path(sample["img_path"]).suffix]

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples and check that their files are there.

        Returns:
            One dict for every image.

        Raises:
            FileNotFoundError: A folder, the list or a file in it is missing.
            ValueError: There is no sample.
        """
        if self.ann_file and not Path(self.ann_file).is_file():
            raise FileNotFoundError(
                f"list of images {self.ann_file} is missing: set SOLIDER_MM_DATA to "
                "the folder that holds the data set, or data_root in the config."
            )
        samples = self.list_samples()
        source = self.ann_file or self.data_prefix["img_path"]
        if not samples:
            raise ValueError(
                f"{source} names no image: a run needs at least one, use another list."
            )
        for key in ("img_path", "seg_map_path"):
            _require(str(source), [sample[key] for sample in samples])
        table = label_table(self.label_classes())
        for sample in samples:
            sample["label_table"] = table
        return samples

    def __getitem__(self, index: int | SeededIndex) -> dict[str, Any]:
        """A sample through the pipeline."""
        if isinstance(index, SeededIndex):
            with seeded(index.seed):
                return super().__getitem__(index.sample)
        return super().__getitem__(index)


@DATASETS.register_module()
class LIPParsing(CheckedParsing, LIPDataset):
    """LIP: 20 classes, left and right told apart; synthetic pedestrians in its layout too.

    Args:
        data_root: The data set's folder, or the one that holds it as `LIP` or `lip`.
        split: 'train' or 'val'.
        **kwargs: See mmseg's `BaseSegDataset`.

    Raises:
        FileNotFoundError: A folder, the list or a file in it is missing.
        ValueError: The list is empty, or the split is unknown.

    Source:
        docs/reference.md §8.4.
    """

    def __init__(self, *, data_root: str, split: str = "train", **kwargs: Any) -> None:
        if split not in ("train", "val"):
            raise ValueError(f"split={split!r}: expected 'train' or 'val'.")
        homes = [Path(data_root, home) for home in ("LIP", "lip", "")]
        found = [home for home in homes if (home / f"{split}_images").is_dir()]
        super().__init__(
            data_root=str((found or homes)[0]),
            ann_file=f"{split}_id.txt",
            data_prefix={
                "img_path": f"{split}_images",
                "seg_map_path": f"{split}_segmentations",
            },
            **kwargs,
        )


@DATASETS.register_module()
class ClothingCoParsing(CheckedParsing):
    """Clothing-co-parsing: the photos that have pixel labels.

    Args:
        data_root: The data set's folder, or the one that holds it as
            `clothing-co-parsing` or `ccp`.
        numbers: First and last of the labeled photos, from 1, both taken; None
            takes all.
        coarse: Merge the 59 labels to the eight of `clothing_classes.COARSE`.
        **kwargs: See mmseg's `BaseSegDataset`.

    Raises:
        FileNotFoundError: A folder or a photo is missing.
        ValueError: There are not so many labeled photos.
    """

    def __init__(
        self,
        *,
        data_root: str,
        numbers: tuple[int, int] | None = None,
        coarse: bool = True,
        **kwargs: Any,
    ) -> None:
        self.numbers = numbers
        self.coarse = coarse
        classes = COARSE_CLASSES if coarse else FINE_CLASSES
        palette = COARSE_PALETTE if coarse else class_palette(len(classes))
        photos = find_image_folder(Path(data_root), "ccp", None)
        super().__init__(
            data_prefix={
                "img_path": str(photos),
                "seg_map_path": str(photos.parent / "annotations" / "pixel-level"),
            },
            seg_map_suffix=".mat",
            metainfo={"classes": classes, "palette": [list(rgb) for rgb in palette]},
            **kwargs,
        )

    def label_classes(self) -> dict[int, int]:
        """Class of every value that a label map may hold."""
        return coarse_of() if self.coarse else super().label_classes()

    def list_samples(self) -> list[dict[str, Any]]:
        """List the labeled photos in the order of their names."""
        folder = Path(self.data_prefix["seg_map_path"])
        labeled = sorted(path.stem for path in folder.glob("*.mat"))
        first, last = self.numbers or (1, len(labeled))
        if not 1 <= first <= last <= len(labeled):
            raise ValueError(
                f"numbers={self.numbers}, but {folder} has {len(labeled)} labeled "
                "photos: choose first and last among them, from 1."
            )
        chosen = set(labeled[first - 1 : last])
        samples = super().list_samples()
        return [s for s in samples if Path(s["img_path"]).stem in chosen]


def _require(source: str, paths: Iterable[str]) -> None:
    """Look every file up, folder by folder."""
    files = [Path(path) for path in paths]
    present: set[Path] = set()
    for folder in {file.parent for file in files}:
        if folder.is_dir():
            present.update(folder.iterdir())
    missing = [file for file in files if file not in present]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(files)} files that {source} names are missing, "
            f"the first is {missing[0]}: complete the data set, or shorten the list."
        )
