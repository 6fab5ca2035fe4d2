"""People of a COCO-style annotation file, checked before training or evaluation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["PERSON_CATEGORY", "people_only"]

PERSON_CATEGORY = 1  # category of people after `people_only`
_NAMES = ("pedestrian", "person")


def people_only(content: Mapping[str, Any], path: str | Path) -> dict[str, Any]:
    """Keep the people of a COCO-style file and give them category 1.

    The category of people is the one named 'pedestrian' or 'person', or the only
    category of the file. A file without `categories` uses 1.

    Args:
        content: File content with `images` and `annotations`.
        path: File path, named in errors.

    Returns:
        Content with the annotations of people only.

    Raises:
        ValueError: If no category is that of people, an image id occurs twice, an
            image has no size, or an annotation has no image id or no box of four
            finite numbers.
    """
    person = _person_category(content.get("categories") or (), path)
    _check_images(content["images"], path)
    people = []
    for number, record in enumerate(content["annotations"]):
        if record.get("category_id", PERSON_CATEGORY) == person:
            _check_annotation(record, f"{path}, annotation {record.get('id', number)}")
            people.append({**record, "category_id": PERSON_CATEGORY})
    if content["annotations"] and not people:
        raise ValueError(
            f"{path} has {len(content['annotations'])} annotations, but none of "
            f"category {person}, expected that of people: correct category_id"
        )
    return {**content, "annotations": people}


def _person_category(categories: Sequence[Mapping[str, Any]], path: str | Path) -> int:
    names = {str(entry.get("name", "")).lower(): entry["id"] for entry in categories}
    for name in _NAMES:
        if name in names:
            return int(names[name])
    if not names:
        return PERSON_CATEGORY
    if len(names) == 1:
        return int(*names.values())
    raise ValueError(
        f"{path} has the categories {sorted(names)}, expected one named "
        f"{' or '.join(map(repr, _NAMES))}: rename the category of people"
    )


def _check_images(images: Sequence[Mapping[str, Any]], path: str | Path) -> None:
    twice = [key for key, n in Counter(i.get("id") for i in images).items() if n > 1]
    if twice:
        raise ValueError(
            f"{path} has {len(twice)} image ids more than once, the first is "
            f"{twice[0]}, expected a unique id per image: number the images again"
        )


def _check_annotation(record: Mapping[str, Any], name: str) -> None:
    box = record.get("bbox")
    try:
        numbers = np.asarray(box, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (4,) or not np.isfinite(numbers).all():
        raise ValueError(
            f"{name} has bbox {box}, expected four finite numbers x, y, width, height: "
            "correct the box or remove the annotation"
        )
    if "image_id" not in record:
        raise ValueError(
            f"{name} has no image_id, expected the id of its image: add it or remove "
            "the annotation"
        )
