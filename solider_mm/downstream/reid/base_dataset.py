"""Base class of the re-identification datasets: splits, labels, junk, errors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from solider_mm.downstream.reid.crops import JUNK, UNLABELED, Crop
from solider_mm.fileio.decoding import UnreadableImageError

__all__ = ["SPLITS", "ReIDBaseDataset"]

SPLITS = {
    "train": ("train",),
    "test": ("query", "gallery"),
    "query": ("query",),
    "gallery": ("gallery",),
}
"""Parts of each split, in the order of the samples."""

# Errors of mmcv's and our loaders for files that are missing, empty or broken.
_LOADING_ERRORS = (UnreadableImageError, OSError, AssertionError, cv2.error)


class ReIDBaseDataset(BaseDataset):
    """Base class of re-identification datasets; subclasses list the crops.

    A sample has `img_path`, `person_id` (as in the dataset), `camera_id` (from 0) and
    `is_query`; for `split='train'` also `gt_label`, the index of the person among the
    sorted identities. Junk (identity −1) is removed; identity 0, a distractor in
    Market-1501, stays in the gallery as a wrong answer. `metainfo` has
    `num_identities` and `num_cameras`.

    Args:
        data_root: Folder of the dataset, or its parent folder.
        split: `train`; `test`, the queries followed by the gallery; `query`; or
            `gallery`.
        label_offset: First training label. To join datasets with mmengine's
            `ConcatDataset`, set it to the number of identities of the previous datasets
            and pass `ignore_keys=["num_identities", "num_cameras"]` to the wrapper.
        **kwargs: Arguments of mmengine's `BaseDataset`, such as `pipeline`.

    Raises:
        FileNotFoundError: If the folder or a listed file does not exist.
        ValueError: If the split is unknown, a name is invalid, or there is no image.

    Source:
        docs/reference.md §4.3, §Appendix D. The official code numbers labels in the
        order of a Python set; here they follow the identities.
    """

    def __init__(
        self,
        *,
        data_root: str | Path,
        split: str = "train",
        label_offset: int = 0,
        **kwargs: Any,
    ) -> None:
        if split not in SPLITS:
            raise ValueError(
                f"split {split!r} is unknown: expected one of {', '.join(SPLITS)}"
            )
        if label_offset < 0:
            raise ValueError(
                f"label_offset={label_offset}: expected 0 or the number of identities "
                "of the datasets before this one"
            )
        self.split = split
        self.label_offset = label_offset
        super().__init__(data_root=str(Path(data_root).expanduser()), **kwargs)

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of some parts, junk included.

        `query` and `gallery` are requested together, so that they share numbers.

        Args:
            parts: Names out of `train`, `query` and `gallery`.

        Returns:
            Crops of each part.
        """
        raise NotImplementedError

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples of the split; called by mmengine.

        Returns:
            The samples.

        Raises:
            FileNotFoundError: If the folder or a listed file does not exist.
            ValueError: If a name is invalid or there is no image.
        """
        parts = SPLITS["train" if self.split == "train" else "test"]
        read = self.read_parts(parts)
        samples: list[dict[str, Any]] = []
        for part in SPLITS[self.split]:
            crops = [crop for crop in read[part] if crop.person_id != JUNK]
            if not crops:
                raise ValueError(
                    f"{part} of {self.data_root!r} has no person: its "
                    f"{len(read[part])} images are all junk; check the data"
                )
            samples.extend(_sample(crop, part) for crop in crops)
        self._describe(samples)
        if self.split == "train":
            self._label(samples)
        return samples

    def _describe(self, samples: list[dict[str, Any]]) -> None:
        people = {sample["person_id"] for sample in samples} - {UNLABELED}
        cameras = {sample["camera_id"] for sample in samples}
        unlabeled = sum(sample["person_id"] == UNLABELED for sample in samples)
        self._metainfo["num_identities"] = len(people)
        self._metainfo["num_cameras"] = len(cameras)
        note = f", {unlabeled} without identity label" if unlabeled else ""
        print_log(
            f"{len(samples)} images of {len(people)} identities by {len(cameras)} "
            f"cameras{note}: {self.split} of {self.data_root}",
            logger="current",
        )

    def _label(self, samples: list[dict[str, Any]]) -> None:
        people = sorted({sample["person_id"] for sample in samples})
        label = {person: self.label_offset + n for n, person in enumerate(people)}
        for sample in samples:
            sample["gt_label"] = label[sample["person_id"]]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the training label of a sample, or the identity of a test sample."""
        info = self.get_data_info(idx)
        return [info.get("gt_label", info["person_id"])]

    def prepare_data(self, idx: int) -> Any:
        """Return a sample after the pipeline.

        Args:
            idx: Index of the sample.

        Returns:
            Result of the pipeline.

        Raises:
            UnreadableImageError: If the image is missing or damaged; the message has
                its path.
        """
        try:
            return super().prepare_data(idx)
        except _LOADING_ERRORS as error:
            path = self.get_data_info(idx)["img_path"]
            raise UnreadableImageError(
                f"image {path!r} cannot be used ({error}): expected a readable image "
                "file; restore it or remove it from the dataset"
            ) from error


def _sample(crop: Crop, part: str) -> dict[str, Any]:
    return {
        "img_path": str(crop.path),
        "person_id": crop.person_id,
        "camera_id": crop.camera_id,
        "is_query": part == "query",
    }
