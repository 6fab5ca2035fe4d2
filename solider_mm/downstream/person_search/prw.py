"""PRW: frames, one MATLAB file of boxes per frame, and a list of queries."""

import re
from pathlib import Path

import numpy as np

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
    boxes_from_xywh,
    read_variable,
)
from solider_mm.downstream.person_search.base_dataset import PersonSearchDataset
from solider_mm.fileio.image_selection import images_by_stem
from solider_mm.fileio.images import is_image_name
from solider_mm.fileio.text_file import read_text
from solider_mm.registry import DATASETS

__all__ = ["PRWDataset"]

_UNKNOWN = -2  # identity of unlabeled people in the files
_TABLES = ("box_new", "anno_file", "anno_previous")


@DATASETS.register_module()
class PRWDataset(PersonSearchDataset):
    """PRW in its own layout, and other data in the same layout.

    Files: `frames/*.jpg`, `annotations/<frame>.jpg.mat`, `frame_{train,test}.mat` and
    `query_info.txt`. Frames may be images of any kind, with annotations named after
    them. Arguments are those of `PersonSearchDataset`.

    Source:
        docs/reference.md §6.2. Identities are contiguous (deviation 45).
    """

    def read_frames(self, root: Path) -> list[AnnotatedFrame]:
        """Read the frames of the split in the order of `frame_{train,test}.mat`."""
        listed = root / f"frame_{self.split}.mat"
        names = np.atleast_1d(read_variable(listed, (f"img_index_{self.split}",)))
        if not names.size:
            raise ValueError(f"{listed} lists no frame; download the file again")
        images = images_by_stem(root / "frames")
        return [
            _read_frame(root, _frame(root, images, str(name).strip())) for name in names
        ]

    def read_queries(self, root: Path) -> list[AnnotatedQuery]:
        """Read the queries of `query_info.txt`, one per line: id x y w h frame."""
        path = root / "query_info.txt"
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing, it lists PRW's queries: set data_root or "
                "SOLIDER_MM_DATA to the folder that contains it"
            )
        lines = read_text(path).splitlines()
        images = images_by_stem(root / "frames")
        numbered = [(i, line.split()) for i, line in enumerate(lines, 1)]
        if not any(words for _, words in numbered):
            raise ValueError(f"{path} lists no query; download the file again")
        return [
            _read_query(root, images, words, f"{path}, line {number}")
            for number, words in numbered
            if words
        ]


def _frame(root: Path, images: dict[str, Path], name: str) -> Path:
    """Find the image of a frame, whose name may have a suffix or none."""
    stem = Path(name).stem if is_image_name(name) else name
    return images.get(stem, root / "frames" / f"{stem}.jpg")


def _read_frame(root: Path, image: Path) -> AnnotatedFrame:
    path = root / "annotations" / f"{image.name}.mat"
    if not path.is_file():
        path = path.with_name(f"{image.stem}.jpg.mat")
    table = np.asarray(read_variable(path, _TABLES), dtype=np.float64)
    if table.size % 5:
        raise ValueError(
            f"{path} has a table of shape {table.shape}, expected rows of id, x, y, "
            "w, h; correct the file"
        )
    rows = table.reshape(-1, 5)
    boxes, has_area = boxes_from_xywh(rows[:, 1:], source=path)
    ids = rows[:, 0].astype(np.int64)
    ids[ids == _UNKNOWN] = -1
    return AnnotatedFrame(image, boxes[has_area], ids[has_area], _camera(image))


def _read_query(
    root: Path, images: dict[str, Path], words: list[str], source: str
) -> AnnotatedQuery:
    try:
        person, *xywh = (float(word) for word in words[:5])
        (name,) = words[5:]
    except ValueError as error:
        raise ValueError(
            f"{source} is {' '.join(words)!r}, expected 'id x y w h frame'; correct it"
        ) from error
    boxes, has_area = boxes_from_xywh(xywh, source=source)
    if not has_area.all():
        raise ValueError(
            f"{source} has a query box without area, {xywh}; correct or remove the line"
        )
    path = _frame(root, images, name)
    return AnnotatedQuery(path, boxes[0], int(person), _camera(path))


def _camera(path: Path) -> int:
    match = re.match(r"c(\d)", path.name)
    if match is None:
        raise ValueError(
            f"frame name {path.name!r} has no camera number, expected PRW's form "
            "'c1s1_000451.jpg'; rename the frame"
        )
    return int(match[1])
