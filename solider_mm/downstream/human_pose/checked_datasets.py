"""COCO keypoint datasets whose files are checked before a run."""

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.datasets.datasets.body import CocoDataset

from solider_mm.fileio.image_size import sideways_warnings
from solider_mm.registry import DATASETS

__all__ = ["CheckedCocoPose", "CheckedPersons"]

_CONTENT_ERRORS = (  # of the COCO reader and of mmpose
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,  # also JSONDecodeError and UnicodeDecodeError
)


class CheckedPersons(BaseCocoStyleDataset):  # type: ignore[misc, unused-ignore]
    """mmpose's COCO keypoint dataset whose files are checked before training.

    Errors name the file and the annotation. Persons whom mmpose skips, because they
    have no labeled joint or no box, are counted in the log.
    """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read and check the files.

        Returns:
            One dict per person (top-down) or image (bottom-up).

        Raises:
            FileNotFoundError: If a file is missing.
            ValueError: If a file is not a COCO keypoint file in JSON, an annotation is
                invalid, or no person can be used.
        """
        for key in ("ann_file", "bbox_file"):
            path = getattr(self, key)
            if path and "://" not in str(path) and not Path(path).is_file():
                raise FileNotFoundError(
                    f"{key} {path} is missing: set SOLIDER_MM_DATA to the folder that "
                    f"contains the dataset, or {key} in the config"
                )
        if self.bbox_file and Path(self.bbox_file).suffix.lower() != ".json":
            raise ValueError(
                f"bbox_file {self.bbox_file} is not a .json file: expected COCO's "
                "detections as JSON, since a pickle could run any code; convert it"
            )
        try:
            persons: list[dict[str, Any]] = super().load_data_list()
        except _CONTENT_ERRORS as error:
            if isinstance(error, ValueError) and str(self.ann_file) in str(error):
                raise  # a check of this class
            raise ValueError(
                f"{self._files()} cannot be read as COCO keypoints "
                f"({type(error).__name__}: {error}), expected images, annotations and "
                "categories in UTF-8: write the file again"
            ) from error
        if not persons:
            raise ValueError(
                f"{self._files()} has no person with a box and a labeled joint, "
                "expected at least one: use another file"
            )
        return persons

    def parse_data_info(self, raw_data_info: dict[str, Any]) -> dict[str, Any] | None:
        """Check and parse one annotation."""
        self._check_person(raw_data_info["raw_ann_info"])
        parsed: dict[str, Any] | None = super().parse_data_info(raw_data_info)
        return parsed

    def _load_annotations(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Load persons and images, and check that annotation ids are unique."""
        loaded: tuple[list[Any], list[Any]] = super()._load_annotations()
        records = self.coco.dataset.get("annotations", [])
        counts = Counter(record["id"] for record in records)
        twice = [number for number, count in counts.items() if count > 1]
        if twice:
            raise ValueError(
                f"{self.ann_file} has {len(records)} annotations with {len(counts)} "
                f"different ids, the first one that occurs again is {twice[0]}, "
                "expected a unique id per annotation: number the annotations again"
            )
        return loaded

    def _check_person(self, person: dict[str, Any]) -> None:
        """Check box, joints and, for evaluation, the area of an annotation."""
        name = f"{self.ann_file}, annotation {person.get('id')}"
        box, joints = person.get("bbox"), person.get("keypoints")
        count = self.metainfo["num_keypoints"]
        if box is not None and not _are_finite(box, 4):
            raise ValueError(
                f"{name} has bbox {box}, expected four finite numbers x, y, width, "
                "height: correct the box or remove the annotation"
            )
        if joints is not None and not _are_finite(joints, 3 * count):
            raise ValueError(
                f"{name} has {len(joints)} values in keypoints, expected {3 * count} "
                f"finite numbers, x, y and visibility of {count} joints: correct the "
                "joints or use a dataset of other joints"
            )
        if self.test_mode and box is not None and "area" not in person:
            raise ValueError(
                f"{name} has no area, which OKS needs: add the area of the person, for "
                "example 0.53 times that of the box"
            )

    def _get_topdown_data_infos(
        self, instance_list: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Skip persons who cannot be used and log their number."""
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


def _are_finite(values: Any, count: int) -> bool:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return numbers.shape == (count,) and bool(np.isfinite(numbers).all())


@DATASETS.register_module()
class CheckedCocoPose(CheckedPersons, CocoDataset):  # type: ignore[misc, unused-ignore]
    """COCO persons with 17 keypoints; arguments are those of mmpose's `CocoDataset`."""

    def _load_annotations(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Read the persons and images, and check the images' sizes."""
        persons, images = super()._load_annotations()
        sizes = {
            Path(image["img_path"]): (image["height"], image["width"])
            for image in images
            if {"height", "width"} <= image.keys()
        }
        for message in sideways_warnings(self.ann_file, sizes):
            print_log(message, logger="current", level=logging.WARNING)
        return persons, images
