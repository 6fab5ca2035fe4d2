"""CUHK-SYSU: frames, boxes and identities from its MATLAB files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
    boxes_from_xywh,
    read_variable,
)
from solider_mm.downstream.person_search.base_dataset import PersonSearchDataset
from solider_mm.downstream.person_search.cuhk_sysu_protocol import (
    IMAGES,
    TABLES,
    read_cuhk_sysu_protocol,
    unwrap_cell,
)
from solider_mm.registry import DATASETS

__all__ = ["CUHKSYSUDataset"]

# The smallest table; it lists every identity of the test set.
_LABELS = "TestG50"


@dataclass(frozen=True, eq=False)
class _LabeledBox:
    """Box (4,) of a labeled person in a frame."""

    frame: str
    box: NDArray[np.float64]
    person_id: int


@DATASETS.register_module()
class CUHKSYSUDataset(PersonSearchDataset):
    """CUHK-SYSU in its own layout.

    Files: `Image/SSM/*.jpg`, `annotation/{Images,pool}.mat` and
    `annotation/test/train_test/{Train,TestG50,…}.mat`. A test set passes the tables of
    `protocols` to the metric through its metainfo.

    Args:
        protocols: Names of the tables to read, 'TestG50' to 'TestG4000'. Queries are
            those of the first table.
        **kwargs: Arguments of `PersonSearchDataset`.

    Raises:
        ValueError: If no table is named, or two tables have different queries.

    Source:
        docs/reference.md §6.2, §6.4.
    """

    def __init__(
        self, *, protocols: Sequence[str] = ("TestG100",), **kwargs: Any
    ) -> None:
        if isinstance(protocols, str) or not protocols:
            raise ValueError(
                f"protocols={protocols!r}: expected a list of names, such as "
                "['TestG100']"
            )
        self.protocols = tuple(protocols)
        super().__init__(**kwargs)

    def read_frames(self, root: Path) -> list[AnnotatedFrame]:
        """Read the frames of the split in the order of `Images.mat`.

        The training split is every frame outside of the gallery, the test split is the
        gallery. Identities are numbered from 1 in the order of `Train.mat` or of
        `TestG50.mat`. Boxes without area are skipped.
        """
        boxes = _read_boxes(root, self.split)
        ids: dict[str, NDArray[np.int64]] = {
            name: np.full(len(rows), -1, np.int64) for name, rows in boxes.items()
        }
        train = self.split == "train"
        labeled = _train_boxes(root) if train else _test_boxes(root)
        lost = sum(not _assign(boxes, ids, person) for person in labeled)
        if lost:
            print_log(
                f"{lost} labeled boxes of CUHK-SYSU's {self.split} split are not in "
                "Images.mat; they are treated as unlabeled",
                logger="current",
            )
        return [
            AnnotatedFrame(root / IMAGES / name, rows, ids[name])
            for name, rows in boxes.items()
        ]

    def read_queries(self, root: Path) -> list[AnnotatedQuery]:
        """Read the queries of the first protocol; the metainfo gets all tables."""
        read = {name: read_cuhk_sysu_protocol(root, name) for name in self.protocols}
        queries = read[self.protocols[0]].queries
        for name, protocol in read.items():
            if [q.path for q in protocol.queries] != [q.path for q in queries]:
                raise ValueError(
                    f"{name} and {self.protocols[0]} list different queries: evaluate "
                    "them one at a time"
                )
        self._metainfo["protocols"] = {
            name: {"names": protocol.names, "galleries": protocol.galleries}
            for name, protocol in read.items()
        }
        return queries


def _read_boxes(root: Path, split: str) -> dict[str, NDArray[np.float64]]:
    """Read the boxes (G, 4) of each frame of the split, by file name."""
    pool = root / "annotation" / "pool.mat"
    gallery = {str(name) for name in np.atleast_1d(read_variable(pool, ("pool",)))}
    path = root / "annotation" / "Images.mat"
    boxes = {
        str(image["imname"]): _boxes_of(image["box"], path)
        for image in np.atleast_1d(read_variable(path, ("Img",)))
        if (str(image["imname"]) in gallery) == (split == "test")
    }
    if not boxes:
        raise ValueError(
            f"{path} and {pool} leave no frame for the {split} split; download them "
            "again"
        )
    return boxes


def _boxes_of(items: Any, path: Path) -> NDArray[np.float64]:
    """Return the boxes (G, 4) of one frame that have an area."""
    rows = [np.ravel(item["idlocate"]) for item in np.atleast_1d(items)]
    boxes, has_area = boxes_from_xywh([row for row in rows if row.size], source=path)
    return boxes[has_area]


def _train_boxes(root: Path) -> Iterable[_LabeledBox]:
    """Yield the boxes of all labeled people of the training split."""
    path = root / TABLES / "Train.mat"
    for number, item in enumerate(np.atleast_1d(read_variable(path, ("Train",))), 1):
        scenes = unwrap_cell(unwrap_cell(item)["scene"])
        for scene in np.atleast_1d(scenes):
            boxes, _ = boxes_from_xywh(unwrap_cell(scene["idlocate"]), source=path)
            yield _LabeledBox(str(scene["imname"]), boxes[0], number)


def _test_boxes(root: Path) -> Iterable[_LabeledBox]:
    """Yield the boxes of all labeled people of the test split."""
    protocol = read_cuhk_sysu_protocol(root, _LABELS)
    for query, gallery in zip(protocol.queries, protocol.galleries, strict=True):
        yield _LabeledBox(query.path.name, query.box, query.person_id)
        present = ~np.isnan(gallery["boxes"]).any(axis=1)
        for i in np.nonzero(present)[0]:
            name = str(protocol.names[gallery["frames"][i]])
            box = gallery["boxes"][i].astype(np.float64)
            yield _LabeledBox(name, box, query.person_id)


def _assign(
    boxes: dict[str, NDArray[np.float64]],
    ids: dict[str, NDArray[np.int64]],
    person: _LabeledBox,
) -> bool:
    """Give the identity to the nearest box of the frame, if one is near enough."""
    candidates = boxes.get(person.frame)
    if candidates is None or not len(candidates):
        return False
    distance = np.abs(candidates - person.box).max(axis=1)
    nearest = int(distance.argmin())
    if distance[nearest] > 1:  # the tables round to whole pixels
        return False
    ids[person.frame][nearest] = person.person_id
    return True
