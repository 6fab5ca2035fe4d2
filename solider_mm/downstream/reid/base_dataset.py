"""What all re-identification data sets share: splits, labels, junk, clear errors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from solider_mm.datasets.transforms import UnreadableImageError
from solider_mm.downstream.reid.crops import JUNK, Crop

__all__ = ["SPLITS", "ReIDBaseDataset"]

SPLITS = {
    "train": ("train",),
    "test": ("query", "gallery"),
    "query": ("query",),
    "gallery": ("gallery",),
}
"""Parts of each split, in the order of the samples."""

# What mmcv's and our loaders raise for files that are missing, empty or broken.
_LOADING_ERRORS = (UnreadableImageError, OSError, AssertionError, cv2.error)


class ReIDBaseDataset(BaseDataset):
    """A re-identification data set; a subclass says which crops its parts hold.

    A sample has `img_path`, `person_id` (as in the data set), `camera_id` (from
    0) and `is_query`; in `split='train'` also `gt_label`, the place of the
    person among the sorted identities. Junk (identity −1) is left out; identity 0, a
    distractor in Market-1501, stays in the gallery as an ordinary wrong answer.
    `metainfo` has `num_identities` and `num_cameras`.

    Args:
        data_root: Folder of the data set, or the folder that holds it.
        split: `train`; `test`, the queries followed by the gallery; or `query`
            or `gallery` alone.
        label_offset: First training label. Where data sets are joined by mmengine's
            `ConcatDataset`, give each the number of identities before it, and
            `ignore_keys=["num_identities", "num_cameras"]` to the wrapper.
        **kwargs: Arguments of mmengine's `BaseDataset`, such as `pipeline`.

    Raises:
        FileNotFoundError: The folder or a listed file does not exist.
        ValueError: Unknown split, an impossible name, or nothing to read.

    Source:
        docs/reference.md §4.3, §Appendix D. The official code numbers labels in the
        order of a Python set; ours follow the identities.
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
                "of the data sets before this one"
            )
        self.split = split
        self.label_offset = label_offset
        super().__init__(data_root=str(Path(data_root).expanduser()), **kwargs)

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of some of the parts `train`, `query`, `gallery`, with junk.

        `query` and `gallery` are asked for together, so that their numbers agree.
        """
        raise NotImplementedError

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples of the split; called by mmengine.

        Raises:
            FileNotFoundError: See the class.
            ValueError: See the class.
        """
        parts = SPLITS["train" if self.split == "train" else "test"]
        read = self.read_parts(parts)
        samples: list[dict[str, Any]] = []
        for part in SPLITS[self.split]:
            crops = [crop for crop in read[part] if crop.person_id != JUNK]
            if not crops:
                raise ValueError(
                    f"{part} of {self.data_root!r} has no person: all its "
                    f"{len(read[part])} images are junk or it is empty; check the data"
                )
            samples.extend(_sample(crop, part) for crop in crops)
        self._describe(samples)
        if self.split == "train":
            self._label(samples)
        return samples

    def _describe(self, samples: list[dict[str, Any]]) -> None:
        people = {sample["person_id"] for sample in samples}
        cameras = {sample["camera_id"] for sample in samples}
        self._metainfo["num_identities"] = len(people)
        self._metainfo["num_cameras"] = len(cameras)
        print_log(
            f"{len(samples)} images of {len(people)} identities by {len(cameras)} "
            f"cameras: {self.split} of {self.data_root}",
            logger="current",
        )

    def _label(self, samples: list[dict[str, Any]]) -> None:
        people = sorted({sample["person_id"] for sample in samples})
        label = {person: self.label_offset + n for n, person in enumerate(people)}
        for sample in samples:
            sample["gt_label"] = label[sample["person_id"]]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the training label of a sample, or the person's number at test."""
        info = self.get_data_info(idx)
        return [info.get("gt_label", info["person_id"])]

    def prepare_data(self, idx: int) -> Any:
        """Return a sample through the pipeline.

        Raises:
            UnreadableImageError: The image is missing or damaged; names the file.
        """
        try:
            return super().prepare_data(idx)
        except _LOADING_ERRORS as error:
            path = self.get_data_info(idx)["img_path"]
            raise UnreadableImageError(
                f"image {path!r} cannot be used ({error}): expected a readable image "
                "file; restore it or take it out of the data set"
            ) from error


def _sample(crop: Crop, part: str) -> dict[str, Any]:
    return {
        "img_path": str(crop.path),
        "person_id": crop.person_id,
        "camera_id": crop.camera_id,
        "is_query": part == "query",
    }
