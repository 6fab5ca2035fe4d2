"""CityPersons annotation files as COCO-style dicts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from solider_mm.evaluation.citypersons.cells import (
    AnnotatedImage,
    read_cells,
    require_annotation_file,
)
from solider_mm.evaluation.citypersons.coco_people import people_only
from solider_mm.fileio.text_file import read_text

__all__ = [
    "IMAGE_SIZE",
    "evaluation_records",
    "read_annotation_file",
    "training_records",
]

IMAGE_SIZE = (1024, 2048)  # (H, W) of every Cityscapes image
PEDESTRIAN, GROUP = 1, 5
_MIN_TRAIN_HEIGHT = 50
_CATEGORIES = {
    1: "pedestrian",
    2: "rider",
    3: "sitting person",
    4: "other person",
    5: "people group",
    0: "ignore region",
}


def evaluation_records(
    images: list[AnnotatedImage], size: tuple[int, int] = IMAGE_SIZE
) -> dict[str, Any]:
    """Convert to the official evaluation JSON (`val_gt.json`).

    Every box has category 1. Boxes that are not pedestrians have `ignore` 1; groups
    also have `iscrowd` 1.

    Args:
        images: Result of `read_cells`; images are numbered from 1.
        size: Image size (H, W).

    Returns:
        Dict with `categories`, `images` and `annotations`.

    Source:
        Conversion rules of the golden file `citypersons_gt.json`.
    """
    annotations = [
        record | {"iscrowd": int(kind == GROUP), "ignore": int(kind != PEDESTRIAN)}
        for kind, record in _boxes(images)
    ]
    categories = [{"id": key, "name": name} for key, name in _CATEGORIES.items()]
    return {
        "categories": categories,
        "images": _image_records(images, size),
        "annotations": annotations,
    }


def training_records(
    images: list[AnnotatedImage],
    size: tuple[int, int] = IMAGE_SIZE,
    min_height: int = _MIN_TRAIN_HEIGHT,
) -> dict[str, Any]:
    """Convert to the training JSON of the official detection code (`train.json`).

    Pedestrians of at least `min_height` are targets at any visibility. Everything else
    is an ignore region (`iscrowd` 1).

    Args:
        images: Result of `read_cells`; images are numbered from 1.
        size: Image size (H, W).
        min_height: Minimum height of a target in pixels.

    Returns:
        Dict with `categories`, `images` (with `file_name`) and `annotations` (with
        `area`).

    Source:
        docs/reference.md §7.3, §D11.
    """
    annotations = [
        record
        | {
            "area": record["bbox"][2] * record["bbox"][3],
            "iscrowd": int(kind != PEDESTRIAN or record["height"] < min_height),
            "ignore": 0,
        }
        for kind, record in _boxes(images)
    ]
    records = _image_records(images, size)
    for record, image in zip(records, images, strict=True):
        record["file_name"] = f"{image.city}/{image.name}"
    return {
        "categories": [{"id": 1, "name": "pedestrian"}],
        "images": records,
        "annotations": annotations,
    }


def read_annotation_file(
    path: str | Path,
    *,
    training: bool = False,
    size: tuple[int, int] = IMAGE_SIZE,
) -> dict[str, Any]:
    """Read the people of a COCO-style JSON or of the original `.mat`.

    Args:
        path: Path of the file.
        training: Whether to convert a `.mat` by the training rules instead of the
            evaluation rules.
        size: Image size (H, W); a `.mat` does not contain it.

    Returns:
        Dict with at least `images` and `annotations`.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is invalid.
    """
    path = Path(path)
    if path.suffix == ".mat":
        convert = training_records if training else evaluation_records
        return convert(read_cells(path), size)
    require_annotation_file(path)
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r} is not valid JSON ({error}); download or convert it again."
        ) from error
    missing = {"images", "annotations"} - set(
        content if isinstance(content, dict) else ()
    )
    if missing:
        raise ValueError(
            f"{str(path)!r} has no {' and no '.join(sorted(missing))}; expected a "
            "COCO-style file, as written by "
            "tools/dataset_converters/convert_citypersons.py."
        )
    return people_only(content, path)


def _image_records(
    images: list[AnnotatedImage], size: tuple[int, int]
) -> list[dict[str, Any]]:
    return [
        {"id": number, "im_name": image.name, "height": size[0], "width": size[1]}
        for number, image in enumerate(images, start=1)
    ]


def _boxes(images: list[AnnotatedImage]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield class and common fields of every box, numbered from 1 over all images."""
    number = 0
    for image_id, image in enumerate(images, start=1):
        for row in image.table.tolist():
            number += 1
            kind, x, y, w, h, _, *visible = row
            ratio = visible[2] * visible[3] / (w * h) if w * h else 0.0
            yield (
                kind,
                {
                    "id": number,
                    "image_id": image_id,
                    "category_id": 1,
                    "bbox": [x, y, w, h],
                    "vis_bbox": visible,
                    "height": h,
                    "vis_ratio": float(f"{ratio:.12g}"),
                },
            )
