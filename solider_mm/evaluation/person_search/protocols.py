"""Evaluation protocols: searched frames and ground truth of each query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.records import Floats, Gallery, Query

__all__ = ["ALL_CAMERAS", "CROSS_CAMERA", "Task", "listed_tasks", "whole_gallery_tasks"]

ALL_CAMERAS = "all_cameras"
CROSS_CAMERA = "cross_camera"


@dataclass(frozen=True, eq=False)
class Task:
    """Searched frames and ground truth of one query.

    Attributes:
        searched: Mask of the searched frames (F,), bool.
        frames: Indices of the searched frames that show the person (T,).
        boxes: Box of the person in each of them (T, 4).
        num_unseen: Number of frames with the person that are missing from the gallery;
            they count as not found.
    """

    searched: NDArray[np.bool_]
    frames: NDArray[np.int64]
    boxes: Floats
    num_unseen: int = 0


def whole_gallery_tasks(
    gallery: Gallery, queries: Sequence[Query], *, same_camera: bool = True
) -> Iterator[Task]:
    """Search all frames except the query's own (PRW).

    Args:
        gallery: All test frames.
        queries: The queries.
        same_camera: Whether to search frames of the query's camera, as the official
            evaluation does.

    Yields:
        One task per query.

    Source:
        docs/reference.md §6.4; the strict variant excludes the query's camera.
    """
    cameras = np.array([frame.camera for frame in gallery.frames])
    owners = np.repeat(
        np.arange(len(gallery.frames)), [len(f.boxes) for f in gallery.frames]
    )
    identities = np.concatenate(
        [np.zeros(0, np.int64), *(frame.person_ids for frame in gallery.frames)]
    )
    boxes = np.concatenate([np.zeros((0, 4)), *(f.boxes for f in gallery.frames)])
    for query in queries:
        searched = np.ones(len(cameras), dtype=np.bool_)
        if query.frame in gallery.index:
            searched[gallery.index[query.frame]] = False
        if not same_camera:
            searched &= cameras != query.camera
        rows = np.nonzero(identities == query.person_id)[0]
        rows = rows[searched[owners[rows]]]
        frames, first = np.unique(owners[rows], return_index=True)
        yield Task(searched, frames, boxes[rows[first]])


def listed_tasks(gallery: Gallery, table: Mapping[str, Any]) -> Iterator[Task]:
    """Search a separate list of frames for each query (CUHK-SYSU).

    Args:
        gallery: All test frames.
        table: Dict with the `names` of frames and with `galleries`, one per query:
            `frames` (n,), indices into `names`, and `boxes` (n, 4), NaN where the
            person is absent.

    Yields:
        One task per query.

    Source:
        docs/reference.md §6.4; `TestG50.mat` to `TestG4000.mat`.
    """
    names = [gallery.index.get(str(name), -1) for name in table["names"]]
    number_of = np.array(names, dtype=np.int64)
    for entry in table["galleries"]:
        numbers = number_of[entry["frames"]]
        boxes = np.asarray(entry["boxes"], dtype=np.float64).reshape(-1, 4)
        wanted = ~np.isnan(boxes).any(axis=1)
        searched = np.zeros(len(gallery.frames), dtype=np.bool_)
        searched[numbers[numbers >= 0]] = True
        there = wanted & (numbers >= 0)
        num_unseen = int((wanted & (numbers < 0)).sum())
        yield Task(searched, numbers[there], boxes[there], num_unseen)
