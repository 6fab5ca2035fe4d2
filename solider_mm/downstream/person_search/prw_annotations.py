"""PRW on disk: frames, one MATLAB file of boxes each, and a list of queries."""

import re
from pathlib import Path

import numpy as np

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
    boxes_from_xywh,
    read_mat,
)

__all__ = ["read_prw_frames", "read_prw_queries"]

_UNKNOWN = -2  # in the files
_TABLES = ("box_new", "anno_file", "anno_previous")


def read_prw_frames(root: Path, split: str) -> list[AnnotatedFrame]:
    """Frames of PRW.

    Args:
        root: Folder with `frames`, `annotations` and `frame_{train,test}.mat`.
        split: 'train' or 'test'.

    Returns:
        Frames in the order of the list; a box without area is left out.

    Raises:
        FileNotFoundError: If a list or an annotation is missing.
        ValueError: If a file is broken.

    Source:
        docs/reference.md §6.2.
    """
    listed = root / f"frame_{split}.mat"
    names = np.atleast_1d(read_mat(listed, (f"img_index_{split}",)))
    if not names.size:
        raise ValueError(f"{listed} lists no frame; get the file anew")
    return [_frame(root, str(name).strip()) for name in names]


def _frame(root: Path, name: str) -> AnnotatedFrame:
    place = root / "annotations" / f"{name}.jpg.mat"
    table = np.asarray(read_mat(place, _TABLES), dtype=np.float64)
    if table.size % 5:
        raise ValueError(
            f"{place} has a table of shape {table.shape}, expected rows of id, x, y, "
            "w, h; correct the file"
        )
    rows = table.reshape(-1, 5)
    boxes, has_area = boxes_from_xywh(rows[:, 1:], where=place)
    ids = rows[:, 0].astype(np.int64)
    ids[ids == _UNKNOWN] = -1
    path = root / "frames" / f"{name}.jpg"
    return AnnotatedFrame(path, boxes[has_area], ids[has_area], _camera(path))


def read_prw_queries(root: Path) -> list[AnnotatedQuery]:
    """Queries of PRW, one per line of `query_info.txt`: id x y w h frame.

    Args:
        root: Folder with `query_info.txt`.

    Returns:
        Queries in the order of the file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If a line is broken or its box has no area.
    """
    place = root / "query_info.txt"
    if not place.is_file():
        raise FileNotFoundError(
            f"{place} is missing: PRW's queries are listed there; set data_root or "
            "SOLIDER_MM_DATA to the folder that holds it"
        )
    lines = place.read_text(encoding="utf-8").splitlines()
    numbered = [(i, line.split()) for i, line in enumerate(lines, 1) if line.strip()]
    return [_query(root, words, f"{place}, line {i}") for i, words in numbered]


def _query(root: Path, words: list[str], where: str) -> AnnotatedQuery:
    try:
        person, *xywh = (float(word) for word in words[:5])
        (name,) = words[5:]
    except ValueError as error:
        raise ValueError(
            f"{where} is {' '.join(words)!r}, expected 'id x y w h frame'; correct it"
        ) from error
    boxes, has_area = boxes_from_xywh(xywh, where=Path(where))
    if not has_area.all():
        raise ValueError(
            f"{where} asks for a box without area, {xywh}; correct or remove the line"
        )
    path = root / "frames" / f"{name.removesuffix('.jpg')}.jpg"
    return AnnotatedQuery(path, boxes[0], int(person), _camera(path))


def _camera(path: Path) -> int:
    match = re.match(r"c(\d)", path.name)
    if match is None:
        raise ValueError(
            f"frame name {path.name!r} does not tell the camera: expected PRW's form, "
            "for example 'c1s1_000451.jpg'"
        )
    return int(match[1])
