"""Which frames a query is looked for in, and where it is in them."""

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
    """Where to look for one query.

    Attributes:
        searched: Frames that are looked through (F,), bool.
        frames: Numbers of those among them in which the person is (T,).
        boxes: The person's box in each (T, 4).
        num_unseen: Frames with the person that are not in the gallery at all: they
            count as not found.
    """

    searched: NDArray[np.bool_]
    frames: NDArray[np.int64]
    boxes: Floats
    num_unseen: int = 0


def whole_gallery_tasks(
    gallery: Gallery, queries: Sequence[Query], *, same_camera: bool = True
) -> Iterator[Task]:
    """PRW: every frame but the query's own is looked through.

    Args:
        gallery: All test frames.
        queries: People to look for.
        same_camera: Whether frames of the query's camera are looked through, as the
            authors do.

    Yields:
        One task for each query.

    Source:
        docs/reference.md §6.4; the strict variant leaves the query's camera out.
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
    """CUHK-SYSU: every query has its own list of frames.

    Args:
        gallery: All test frames.
        table: `names` of frames, and `galleries`, one for each query: `frames` (n,),
            numbers of names, and `boxes` (n, 4), NaN where the person is not in the
            frame.

    Yields:
        One task for each query.

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
