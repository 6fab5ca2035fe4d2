"""CUHK-SYSU on disk: all boxes, the gallery, and protocol tables, in MATLAB files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
    boxes_from_xywh,
    read_mat,
)

__all__ = ["read_cuhk_sysu_frames", "read_cuhk_sysu_protocol"]

_IMAGES = Path("Image", "SSM")
_TABLES = Path("annotation", "test", "train_test")
# Labels come from the smallest table, which lists every person of the test set.
_LABELS = "TestG50"


def read_cuhk_sysu_frames(root: Path, split: str) -> list[AnnotatedFrame]:
    """Frames of CUHK-SYSU.

    Args:
        root: Folder with `Image/SSM` and `annotation`.
        split: 'train' (everything outside the gallery) or 'test' (the gallery).

    Returns:
        Frames in the order of `Images.mat`; a box without area is left out. People
        are numbered from 1 in the order of `Train.mat`, or of `TestG50.mat`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is broken or leaves no frame.

    Source:
        docs/reference.md §6.2.
    """
    pool = root / "annotation" / "pool.mat"
    gallery = {str(name) for name in np.atleast_1d(read_mat(pool, ("pool",)))}
    place = root / "annotation" / "Images.mat"
    boxes = {
        str(image["imname"]): _boxes_of(image["box"], place)
        for image in np.atleast_1d(read_mat(place, ("Img",)))
        if (str(image["imname"]) in gallery) == (split == "test")
    }
    if not boxes:
        raise ValueError(
            f"{place} and {pool} leave no frame for the {split} split; get them anew"
        )
    ids: dict[str, NDArray[np.int64]] = {
        name: np.full(len(rows), -1, np.int64) for name, rows in boxes.items()
    }
    people = _train_people(root) if split == "train" else _test_people(root)
    lost = sum(not _assign(boxes, ids, *person) for person in people)
    if lost:
        print_log(
            f"{lost} named boxes of CUHK-SYSU's {split} split are not in {place.name}; "
            "they stay without a name",
            logger="current",
        )
    return [
        AnnotatedFrame(root / _IMAGES / name, rows, ids[name])
        for name, rows in boxes.items()
    ]


def _boxes_of(items: Any, place: Path) -> NDArray[np.float64]:
    """Boxes (G, 4) of one image, those with an area."""
    rows = [np.ravel(item["idlocate"]) for item in np.atleast_1d(items)]
    boxes, has_area = boxes_from_xywh([row for row in rows if row.size], where=place)
    return boxes[has_area]


def _content(cell: Any) -> Any:
    """What a MATLAB cell holds, out of the array around it."""
    wrapped = isinstance(cell, np.ndarray) and cell.ndim == 0 and cell.dtype == object
    return cell.item() if wrapped else cell


Person = tuple[str, NDArray[np.float64], int]


def _train_people(root: Path) -> Iterable[Person]:
    """Frame, box (4,) and number of every named person in training."""
    place = root / _TABLES / "Train.mat"
    for number, item in enumerate(np.atleast_1d(read_mat(place, ("Train",))), 1):
        scenes = _content(_content(item)["scene"])
        for scene in np.atleast_1d(scenes):
            boxes, _ = boxes_from_xywh(_content(scene["idlocate"]), where=place)
            yield str(scene["imname"]), boxes[0], number


def _test_people(root: Path) -> Iterable[Person]:
    """Frame, box (4,) and number of every named person in the test set."""
    queries, table, names = read_cuhk_sysu_protocol(root, _LABELS)
    for query, entry in zip(queries, table, strict=True):
        yield query.path.name, query.box, query.person_id
        there = ~np.isnan(entry["boxes"]).any(axis=1)
        for i in np.nonzero(there)[0]:
            name = str(names[entry["frames"][i]])
            yield name, entry["boxes"][i].astype(np.float64), query.person_id


def _assign(
    boxes: dict[str, NDArray[np.float64]],
    ids: dict[str, NDArray[np.int64]],
    name: str,
    box: NDArray[np.float64],
    number: int,
) -> bool:
    """Name the box nearest to the given one; tell whether there is one."""
    if name not in boxes or not len(boxes[name]):
        return False
    distance = np.abs(boxes[name] - box).max(axis=1)
    nearest = int(distance.argmin())
    if distance[nearest] > 1:  # the tables round to whole pixels
        return False
    ids[name][nearest] = number
    return True


def read_cuhk_sysu_protocol(
    root: Path, protocol: str
) -> tuple[list[AnnotatedQuery], list[dict[str, Any]], NDArray[np.str_]]:
    """Queries and their galleries.

    Args:
        root: Folder with `annotation/test/train_test`.
        protocol: 'TestG50' to 'TestG4000'.

    Returns:
        Queries, person 1 the first; for each its gallery: `frames` (n,) as numbers in
        the returned names, and `boxes` (n, 4), NaN where the person is not in the
        frame.

    Raises:
        FileNotFoundError: If the table is missing.
        ValueError: If it is broken.
    """
    place = root / _TABLES / f"{protocol}.mat"
    numbers: dict[str, int] = {}
    queries, table = [], []
    for person, row in enumerate(np.atleast_1d(read_mat(place, (protocol,))), 1):
        query = _content(row["Query"])
        boxes, has_area = boxes_from_xywh(_content(query["idlocate"]), where=place)
        if not has_area.all() or len(boxes) != 1:
            raise ValueError(f"{place}: query {person} has no box; get the file anew")
        path = root / _IMAGES / str(query["imname"])
        queries.append(AnnotatedQuery(path, boxes[0], person))
        items = np.atleast_1d(_content(row["Gallery"]))
        frames = [numbers.setdefault(str(i["imname"]), len(numbers)) for i in items]
        table.append(
            {"frames": np.array(frames, np.int32), "boxes": _targets(items, place)}
        )
    return queries, table, np.array(list(numbers), dtype=np.str_)


def _targets(items: NDArray[Any], place: Path) -> NDArray[np.float32]:
    """Boxes (n, 4) of the person in each frame, NaN where there is none."""
    boxes = np.full((len(items), 4), np.nan, dtype=np.float32)
    located = [np.ravel(item["idlocate"]) for item in items]
    there = np.array([bool(row.size) for row in located], dtype=np.bool_)
    found = [row for row in located if row.size]
    corners, has_area = boxes_from_xywh(found, where=place)
    boxes[np.nonzero(there)[0][has_area]] = corners[has_area]
    return boxes
