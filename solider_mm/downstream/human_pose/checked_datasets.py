"""COCO keypoint data sets whose files are checked before a run."""

import logging
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.datasets.datasets.body import CocoDataset

from solider_mm.registry import DATASETS

__all__ = ["CheckedCocoPose", "CheckedPersons"]


class CheckedPersons(BaseCocoStyleDataset):  # type: ignore[misc, unused-ignore]
    """mmpose's reader, with a sentence in place of an assertion or a numpy error.

    mmpose leaves persons without a labeled joint or without a box out; here their
    number is logged. It cannot hold an empty list; here that is refused with the
    file's name.
    """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read the files.

        Returns:
            One dict for every person (top-down) or image (bottom-up).

        Raises:
            FileNotFoundError: A file is missing.
            ValueError: A file is no COCO keypoint file, or nothing in it can be used.
        """
        for key in ("ann_file", "bbox_file"):
            path = getattr(self, key)
            if path and "://" not in str(path) and not Path(path).is_file():
                raise FileNotFoundError(
                    f"{key} {path} is missing: set SOLIDER_MM_DATA to the folder that "
                    f"holds the data set, or {key} in the config"
                )
        try:
            persons: list[dict[str, Any]] = super().load_data_list()
        except (JSONDecodeError, AssertionError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self._files()} cannot be read as COCO keypoints "
                f"({type(error).__name__}: {error}); expected images, annotations and "
                "categories, write the file again"
            ) from error
        if not persons:
            raise ValueError(
                f"{self._files()} holds no person with a box and a labeled joint; a "
                "run needs at least one, use another file"
            )
        return persons

    def _get_topdown_data_infos(
        self, instance_list: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Leave out who cannot be used, and say how many."""
        kept: list[dict[str, Any]] = super()._get_topdown_data_infos(instance_list)
        left_out = len(instance_list) - len(kept)
        if left_out:
            print_log(
                f"{self.ann_file}: {left_out} of {len(instance_list)} persons left "
                "out, they have no labeled joint, no box, or are a crowd.",
                logger="current",
                level=logging.INFO,
            )
        return kept

    def _files(self) -> str:
        return " with ".join(str(f) for f in (self.ann_file, self.bbox_file) if f)


@DATASETS.register_module()
class CheckedCocoPose(CheckedPersons, CocoDataset):  # type: ignore[misc, unused-ignore]
    """COCO's persons with 17 keypoints; arguments are those of mmpose's dataset."""
