"""The people of an image: given boxes, or those that a detector finds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from solider_mm.inference.media import MediaImage, Problems

__all__ = ["Boxes", "Detector", "add_people", "crop_people"]

Boxes = Sequence[Any] | NDArray[np.float32]
"""(N, 4) for every image, or one such table per image."""


class Detector(Protocol):
    """An inferencer whose results have `boxes`."""

    def __call__(self, inputs: Any) -> list[dict[str, Any]]:
        """Answer for one image."""


def add_people(
    media: Iterator[MediaImage],
    boxes: Boxes | None,
    detector: Detector | None,
    problems: Problems | None = None,
) -> Iterator[MediaImage]:
    """Give every image the boxes of its people.

    Args:
        media: Images.
        boxes: x1, y1, x2, y2 in pixels: (N, 4) for every image, or one table per
            image.
        detector: Finds the people if no boxes are given.
        problems: Collects a sentence for each image whose boxes are empty or outside;
            it is skipped. Without it the first such image raises.

    Yields:
        The images, each with `people`; as they are if neither is given.

    Raises:
        ValueError: If boxes have a wrong shape, there are fewer tables than images, or,
            without `problems`, a box is empty or outside its image.
    """
    if boxes is not None:
        tables = _tables(boxes)
        for item in media:
            table = next(tables, None)
            if table is None:
                raise ValueError(
                    f"boxes has {len(boxes)} tables, but there are more images: give "
                    "one table (N, 4) for all images, or one per image"
                )
            people = _table(table)
            wrong = _describe_outside(people, item)
            if wrong is None:
                yield replace(item, people=people)
            elif problems is None:
                raise ValueError(wrong)
            else:
                problems.add(wrong)
    elif detector is not None:
        for item in media:
            (found,) = detector(item.image)
            yield replace(item, people=np.asarray(found["boxes"], np.float32))
    else:
        yield from media


def crop_people(media: Iterator[MediaImage]) -> Iterator[MediaImage]:
    """Replace every image that has `people` by one image for each of them.

    Args:
        media: Images.

    Yields:
        Crops, named after their image and a number from 0; other images as they are.
    """
    for item in media:
        if item.people is None:
            yield item
            continue
        height, width = item.image.shape[:2]
        for number, box in enumerate(item.people.tolist()):
            x1, y1 = max(0, int(box[0])), max(0, int(box[1]))
            x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
            if x1 < x2 and y1 < y2:
                yield replace(
                    item,
                    image=np.ascontiguousarray(item.image[y1:y2, x1:x2]),
                    name=f"{item.name}/{number}",
                    box=(x1, y1, x2, y2),
                    people=None,
                )


def _tables(boxes: Boxes) -> Iterator[Any]:
    try:
        table = np.asarray(boxes, np.float32)
    except ValueError:  # one table per image, of different lengths
        return iter(boxes)
    if table.ndim == 1 and table.shape == (4,):
        return repeat(table[None])
    if table.ndim == 3:
        return iter(table)
    return repeat(table)


def _table(boxes: Any) -> NDArray[np.float32]:
    table = np.asarray(boxes, np.float32)
    if table.size == 0:
        return np.zeros((0, 4), np.float32)
    if table.ndim != 2 or table.shape[1] != 4:
        raise ValueError(
            f"boxes have shape {table.shape}, expected (N, 4) as x1, y1, x2, y2"
        )
    return table


def _describe_outside(table: NDArray[np.float32], item: MediaImage) -> str | None:
    height, width = item.image.shape[:2]
    for x1, y1, x2, y2 in table.tolist():
        inside = x2 > 0 and y2 > 0 and x1 < width and y1 < height
        if not (x1 < x2 and y1 < y2 and inside):
            return (
                f"box is {x1:g} {y1:g} {x2:g} {y2:g} in {item.name}, an image of "
                f"{width}×{height} pixels (W×H): expected X1 < X2 and Y1 < Y2 inside "
                "the image"
            )
    return None
