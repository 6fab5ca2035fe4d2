"""What person search is measured on: frames, queries, and all detections in a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNLABELED", "Frame", "Gallery", "Query", "box_iou"]

UNLABELED = -1
"""Identity of people whose name nobody wrote down."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Frame:
    """One scene image: who is there, and what was found.

    Attributes:
        name: File name, what queries and protocols refer to.
        boxes: True boxes (G, 4) as x1, y1, x2, y2 in pixels.
        person_ids: Who it is (G,), `UNLABELED` where nobody knows.
        detections: Found boxes (N, 4).
        scores: Of the found boxes (N,), in [0, 1].
        embeddings: Of the found boxes (N, D), unit vectors times score.
        camera: Number of the camera; -1 where the data set tells none.
    """

    name: str
    boxes: Floats
    person_ids: NDArray[np.integer]
    detections: Floats
    scores: Floats
    embeddings: Floats
    camera: int = -1


@dataclass(frozen=True, eq=False)
class Query:
    """A person to look for.

    Attributes:
        frame: Name of the frame that the person is cut from.
        box: Their box there (4,) as x1, y1, x2, y2.
        person_id: Who it is.
        embedding: Unit vector (D,).
        camera: Number of the camera; -1 where the data set tells none.
        context: Unit vectors (M, D) of the people around, the query itself first;
            used by graph matching alone.
    """

    frame: str
    box: Floats
    person_id: int
    embedding: Floats
    camera: int = -1
    context: Floats | None = None


@dataclass(frozen=True, eq=False)
class Gallery:
    """All detections that take part in a search, frame after frame.

    Attributes:
        frames: The frames, F of them.
        score_threshold: Least score of a detection that takes part.
    """

    frames: Sequence[Frame]
    score_threshold: float = 0.5
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        index = {frame.name: i for i, frame in enumerate(self.frames)}
        if len(index) != len(self.frames):
            raise ValueError(
                f"{len(self.frames)} frames have {len(index)} different names; give "
                "every frame once, under its own name"
            )
        object.__setattr__(self, "index", index)

    @cached_property
    def kept(self) -> list[NDArray[np.bool_]]:
        """Which detections of each frame take part."""
        return [frame.scores >= self.score_threshold for frame in self.frames]

    @cached_property
    def boxes(self) -> Floats:
        """Boxes (N, 4) of all that take part."""
        rows = [f.detections[k] for f, k in zip(self.frames, self.kept, strict=True)]
        return np.concatenate([np.zeros((0, 4), np.float32), *rows])

    @cached_property
    def scores(self) -> Floats:
        """Scores (N,) of all that take part."""
        rows = [f.scores[k] for f, k in zip(self.frames, self.kept, strict=True)]
        return np.concatenate([np.zeros(0, np.float32), *rows])

    @cached_property
    def embeddings(self) -> Floats:
        """Embeddings (N, D) of all that take part."""
        rows = [f.embeddings[k] for f, k in zip(self.frames, self.kept, strict=True)]
        filled = [row for row in rows if len(row)]
        return np.concatenate(filled) if filled else np.zeros((0, 0), np.float32)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Frame i owns rows offsets[i]…offsets[i + 1] − 1, (F + 1,)."""
        counts = [0, *(int(kept.sum()) for kept in self.kept)]
        return np.cumsum(counts, dtype=np.int64)

    @cached_property
    def frame_of(self) -> NDArray[np.int64]:
        """Frame number of every row (N,)."""
        return np.repeat(np.arange(len(self.frames)), np.diff(self.offsets))


def box_iou(first: Floats, second: Floats) -> NDArray[np.float64]:
    """Intersection over union, with broadcasting.

    Args:
        first: (…, 4) as x1, y1, x2, y2.
        second: (…, 4).

    Returns:
        (…); 0 where both boxes have no area.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    upper, lower = (
        np.minimum(a[..., 2:], b[..., 2:]),
        np.maximum(a[..., :2], b[..., :2]),
    )
    shared = np.clip(upper - lower, 0, None).prod(axis=-1)
    area_a = np.clip(a[..., 2:] - a[..., :2], 0, None).prod(axis=-1)
    area_b = np.clip(b[..., 2:] - b[..., :2], 0, None).prod(axis=-1)
    union = area_a + area_b - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)
