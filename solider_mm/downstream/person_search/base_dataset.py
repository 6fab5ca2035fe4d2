"""Person search datasets: training frames, or a gallery and its queries."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmengine.logging import print_log

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
)

__all__ = ["PersonSearchDataset"]

_PERSON = 0  # label of the only class


class PersonSearchDataset(BaseDetDataset):
    """Scene frames with boxes and identities, followed by the queries in testing.

    For training, identities are renumbered 0…P − 1 in the order of the files' numbers
    (P is `num_persons` of the metainfo); unlabeled people get −1. For testing, the
    files' numbers are kept. Frames come first, then one entry per query: its frame
    with `is_query` set and the query box as the only instance.

    Args:
        data_root: Folder of the dataset in its own layout.
        split: Split, 'train' or 'test'.
        with_queries: Whether a test set lists queries after the frames.
        skip_missing: Whether to skip frames without an image, with a warning. A test
            set without them is not comparable with published results.
        filter_empty: Whether to skip training frames without people.
        metainfo: Metainfo of mmengine's `BaseDataset`.
        pipeline: Transforms.
        test_mode: Whether to test; None follows `split`.
        lazy_init: Whether to read the files at the first use.
        max_refetch: Number of other frames to try if one cannot be loaded.

    Raises:
        FileNotFoundError: If a file or an image is missing.
        ValueError: If a file is broken, or no frame is left.
    """

    METAINFO: dict[str, Any] = {"classes": ("person",), "palette": [(220, 20, 60)]}  # noqa: RUF012

    def __init__(  # noqa: PLR0913
        self,
        *,
        data_root: str,
        split: str = "train",
        with_queries: bool = True,
        skip_missing: bool = False,
        filter_empty: bool = True,
        metainfo: Mapping[str, Any] | None = None,
        pipeline: Sequence[Any] = (),
        test_mode: bool | None = None,
        lazy_init: bool = False,
        max_refetch: int = 1000,
    ) -> None:
        if split not in ("train", "test"):
            raise ValueError(f"split={split!r}: expected 'train' or 'test'")
        self.split = split
        self.with_queries = with_queries
        self.skip_missing = skip_missing
        self.filter_empty = filter_empty
        super().__init__(
            data_root=data_root,
            metainfo=metainfo,
            pipeline=list(pipeline),
            test_mode=split == "test" if test_mode is None else test_mode,
            lazy_init=lazy_init,
            max_refetch=max_refetch,
        )

    @abstractmethod
    def read_frames(self, root: Path) -> list[AnnotatedFrame]:
        """Read the frames of the split."""

    @abstractmethod
    def read_queries(self, root: Path) -> list[AnnotatedQuery]:
        """Read the queries of the test set."""

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the frames and, in testing, the queries."""
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(
                f"data_root {str(root)!r} is not a folder: set data_root or "
                "SOLIDER_MM_DATA to the dataset's own folder"
            )
        frames = self._present(self.read_frames(root))
        if self.test_mode:
            entries = [_entry(i, f, f.person_ids) for i, f in enumerate(frames)]
            queries = self.read_queries(root) if self.with_queries else []
            present = {frame.path for frame in frames}
            missing = [q.path for q in queries if q.path not in present]
            self._report_missing(
                [path for path in missing if not path.is_file()], "frames of queries"
            )
            return entries + [
                _query_entry(len(entries) + i, i, query)
                for i, query in enumerate(queries)
            ]
        people = [frame.person_ids for frame in frames]
        names = np.unique(np.concatenate(people))
        names = names[names >= 0]
        if not len(names):
            raise ValueError(
                f"the {len(frames)} training frames of {self.data_root} have no "
                "labeled identity, expected at least one, or the identity loss is "
                "always 0: check the identities in the annotations"
            )
        self._metainfo["num_persons"] = len(names)
        return [
            _entry(
                i, f, np.where(f.person_ids < 0, -1, names.searchsorted(f.person_ids))
            )
            for i, f in enumerate(frames)
        ]

    def filter_data(self) -> list[dict[str, Any]]:
        """Drop training frames without people if `filter_empty` is set."""
        if self.test_mode or not self.filter_empty:
            return self.data_list
        kept = [entry for entry in self.data_list if entry["instances"]]
        if not kept:
            raise ValueError(
                f"no frame of {self.data_root} has a person with a box: check the "
                "annotations"
            )
        return kept

    def _present(self, frames: list[AnnotatedFrame]) -> list[AnnotatedFrame]:
        missing = [frame.path for frame in frames if not frame.path.is_file()]
        self._report_missing(missing, "frames")
        lost = set(missing)
        kept = [frame for frame in frames if frame.path not in lost]
        if not kept:
            raise ValueError(
                f"{self.data_root} contains none of the listed images: check data_root"
            )
        return kept

    def _report_missing(self, missing: Sequence[Path], what: str) -> None:
        if not missing:
            return
        text = f"{len(missing)} {what} are missing, the first is {missing[0]}"
        if not self.skip_missing:
            raise FileNotFoundError(
                f"{text}; complete the dataset, or set skip_missing=True to skip them"
            )
        print_log(f"{text}; they are skipped", logger="current")


def _entry(number: int, frame: AnnotatedFrame, identities: Any) -> dict[str, Any]:
    return {
        "img_id": number,
        "img_path": str(frame.path),
        "camera_id": frame.camera,
        "is_query": False,
        "query_index": -1,
        "instances": [
            _instance(box, identity)
            for box, identity in zip(frame.boxes, identities, strict=True)
        ],
    }


def _query_entry(number: int, index: int, query: AnnotatedQuery) -> dict[str, Any]:
    return {
        "img_id": number,
        "img_path": str(query.path),
        "camera_id": query.camera,
        "is_query": True,
        "query_index": index,
        "instances": [_instance(query.box, query.person_id)],
    }


def _instance(box: Any, identity: Any) -> dict[str, Any]:
    return {
        "bbox": [float(value) for value in box],
        "bbox_label": _PERSON,
        "instance_id": int(identity),
        "ignore_flag": 0,
    }
