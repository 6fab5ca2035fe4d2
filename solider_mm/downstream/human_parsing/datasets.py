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
    COARSE_PALETTE,
    FINE_CLASSES,
    class_palette,
    coarse_of,
)
from solider_mm.downstream.human_parsing.label_map import label_table
from solider_mm.fileio.image_selection import images_by_stem
from solider_mm.fileio.text_file import read_text
from solider_mm.registry import DATASETS

__all__ = ["ClothingCoParsing", "LIPParsing"]


class CheckedParsing(BaseSegDataset):
    """mmseg's dataset with checks for missing or empty data.

    Every sample has the `label_table` for `LoadLabelMap`. A `SeededIndex` seeds the
    sample's augmentations, so that a resumed run continues with the same samples.
    """

    def label_classes(self) -> dict[int, int]:
        """Map each value of a label map to its class."""
        return {number: number for number in range(len(self.metainfo["classes"]))}

    def list_samples(self) -> list[dict[str, Any]]:
        """List the samples; files may be missing."""
        raise NotImplementedError

    def make_sample(self, image: Path, label_map: Path) -> dict[str, Any]:
        """Return mmseg's form of a sample."""
        return {
            "img_path": str(image),
            "seg_map_path": str(label_map),
            "label_map": self.label_map,
            "reduce_zero_label": self.reduce_zero_label,
            "seg_fields": [],
        }

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples and check that their files exist.

        Returns:
            One dict per image.

        Raises:
            FileNotFoundError: If a folder, the list or a listed file is missing.
            ValueError: If there is no sample.
        """
        if self.ann_file and not Path(self.ann_file).is_file():
            raise FileNotFoundError(
                f"list of images {self.ann_file} is missing: set SOLIDER_MM_DATA to "
                "the folder that contains the dataset, or data_root in the config."
            )
        samples = self.list_samples()
        source = self.ann_file or self.data_prefix["img_path"]
        if not samples:
            raise ValueError(
                f"{source} lists no image, expected at least one: use another list."
            )
        for key in ("img_path", "seg_map_path"):
            _require(str(source), [sample[key] for sample in samples])
        table = label_table(self.label_classes())
        for sample in samples:
            sample["label_table"] = table
        return samples

    def __getitem__(self, index: int | SeededIndex) -> dict[str, Any]:
        """Return the sample after the pipeline."""
        if isinstance(index, SeededIndex):
            with seeded(index.seed):
                return super().__getitem__(index.sample)
        return super().__getitem__(index)


@DATASETS.register_module()
class LIPParsing(CheckedParsing, LIPDataset):
    """LIP (20 classes, left and right distinguished) and data in the same layout.

    Args:
        data_root: Folder of the dataset, or its parent if the dataset's folder is
            named `LIP` or `lip`.
        split: Split, 'train' or 'val'.
        **kwargs: Arguments of mmseg's `BaseSegDataset`.

    Raises:
        FileNotFoundError: If a folder, the list or a listed file is missing.
        ValueError: If the list is empty or the split is unknown.

    Source:
        docs/reference.md §8.4.
    """

    def __init__(self, *, data_root: str, split: str = "train", **kwargs: Any) -> None:
        if split not in ("train", "val"):
            raise ValueError(f"split={split!r}: expected 'train' or 'val'; correct it.")
        roots = [Path(data_root, name) for name in ("LIP", "lip", "")]
        found = [root for root in roots if (root / f"{split}_images").is_dir()]
        super().__init__(
            data_root=str((found or roots)[0]),
            ann_file=f"{split}_id.txt",
            data_prefix={
                "img_path": f"{split}_images",
                "seg_map_path": f"{split}_segmentations",
            },
            **kwargs,
        )

    def list_samples(self) -> list[dict[str, Any]]:
        """List the images of the list file, one name without suffix per line."""
        folders = [Path(self.data_prefix[key]) for key in ("img_path", "seg_map_path")]
        images, label_maps = map(images_by_stem, folders)
        names = filter(None, map(str.strip, read_text(self.ann_file).split("\n")))
        return [
            self.make_sample(
                images.get(name, folders[0] / f"{name}{self.img_suffix}"),
                label_maps.get(name, folders[1] / f"{name}{self.seg_map_suffix}"),
            )
            for name in names
        ]


@DATASETS.register_module()
class ClothingCoParsing(CheckedParsing):
    """Clothing-co-parsing: the photos with pixel labels.

    Args:
        data_root: Folder of the dataset, or its parent if the dataset's folder is
            named `clothing-co-parsing` or `ccp`.
        numbers: First and last labeled photo to use, counted from 1, both inclusive;
            None uses all.
        coarse: Whether to merge the 59 labels into the eight classes of
            `clothing_classes.COARSE`.
        **kwargs: Arguments of mmseg's `BaseSegDataset`.

    Raises:
        FileNotFoundError: If a folder or a photo is missing.
        ValueError: If `numbers` is outside of the labeled photos.
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
        """Map each value of a label map to its class."""
        return coarse_of() if self.coarse else super().label_classes()

    def list_samples(self) -> list[dict[str, Any]]:
        """List the labeled photos in the order of their names."""
        folder = Path(self.data_prefix["seg_map_path"])
        labeled = sorted(path.stem for path in folder.iterdir() if _is_mat(path))
        first, last = self.numbers or (1, len(labeled))
        if not 1 <= first <= last <= len(labeled):
            raise ValueError(
                f"numbers={self.numbers}: expected first and last of the "
                f"{len(labeled)} labeled photos of {folder}, counted from 1."
            )
        photos = images_by_stem(Path(self.data_prefix["img_path"]))
        return [
            self.make_sample(photos[stem], folder / f"{stem}.mat")
            for stem in labeled[first - 1 : last]
            if stem in photos
        ]


def _is_mat(path: Path) -> bool:
    return path.suffix == ".mat" and not path.name.startswith(".")


def _require(source: str, paths: Iterable[str]) -> None:
    """Check that every file exists, with one listing per folder."""
    files = [Path(path) for path in paths]
    present: set[Path] = set()
    for folder in {file.parent for file in files}:
        if folder.is_dir():
            present.update(folder.iterdir())
    missing = [file for file in files if file not in present]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(files)} files listed by {source} are missing, the "
            f"first is {missing[0]}: complete the dataset, or shorten the list."
        )
