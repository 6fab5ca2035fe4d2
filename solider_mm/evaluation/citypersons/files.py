"""Annotation files of CityPersons: the original cells and their COCO-style JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

__all__ = [
    "IMAGE_SIZE",
    "AnnotatedImage",
    "evaluation_records",
    "read_annotation_file",
    "read_cells",
    "training_records",
]

IMAGE_SIZE = (1024, 2048)  # (H, W) of every Cityscapes image
PEDESTRIAN, GROUP = 1, 5
_LEAST_TRAIN_HEIGHT = 50
_CATEGORIES = {
    1: "pedestrian",
    2: "rider",
    3: "sitting person",
    4: "other person",
    5: "people group",
    0: "ignore region",
}


class AnnotatedImage(NamedTuple):
    """One cell of `anno_{train,val}.mat`.

    Attributes:
        city: Folder of the image.
        name: Its file name.
        table: `(N, 10)` int64: class, x, y, w, h, instance id, and x, y, w, h of the
            visible part; classes are 0 ignore region, 1 pedestrian, 2 rider, 3 sitting,
            4 other posture, 5 group.
    """

    city: str
    name: str
    table: NDArray[np.int64]


def read_cells(path: str | Path) -> list[AnnotatedImage]:
    """Read the original annotations, in the order of the file.

    Args:
        path: `anno_train.mat` or `anno_val.mat`.

    Returns:
        One entry for every image, also for those without boxes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds no cells of ten columns.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(_no_file(path))
    try:
        content = loadmat(path, chars_as_strings=True)
    except (MatReadError, ValueError, NotImplementedError, TypeError) as error:
        raise ValueError(
            f"{str(path)!r} cannot be read as a MATLAB file ({error}); download it "
            "again, or save it in format 7."
        ) from error
    keys = [key for key in content if key.startswith("anno_")]
    if len(keys) != 1:
        raise ValueError(
            f"{str(path)!r} has the variables {sorted(content)}, expected one "
            "'anno_train_aligned' or 'anno_val_aligned'; give the original file."
        )
    cells = content[keys[0]].ravel()
    return [_read_cell(cell, number, path) for number, cell in enumerate(cells)]


def _read_cell(cell: Any, number: int, path: Path) -> AnnotatedImage:
    try:
        fields = cell.ravel()[0]
        city, name = (str(np.ravel(fields[key])[0]) for key in ("cityname", "im_name"))
        table = np.asarray(fields["bbs"])
        # Cells come as uint8, int16, uint16: widths and heights are multiplied later.
        table = table.astype(np.int64).reshape(-1, 10)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ValueError(
            f"cell {number} of {str(path)!r} is not usable ({error}); expected "
            "cityname, im_name and bbs of ten columns, as in the original file."
        ) from error
    return AnnotatedImage(city, name, table)


def evaluation_records(
    images: list[AnnotatedImage], size: tuple[int, int] = IMAGE_SIZE
) -> dict[str, Any]:
    """Make the official evaluation JSON (`val_gt.json`).

    Every box has category 1; those that are no pedestrians have `ignore` 1, and
    groups also `iscrowd` 1.

    Args:
        images: Of `read_cells`; they are numbered from 1.
        size: `(H, W)` of the images.

    Returns:
        `categories`, `images`, `annotations`.

    Source:
        The golden data's conversion rules (`citypersons_gt.json`).
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
    least_height: int = _LEAST_TRAIN_HEIGHT,
) -> dict[str, Any]:
    """Make the detection repository's training JSON (`train.json`).

    Pedestrians of at least `least_height` are to be found, at any visibility;
    everything else is an ignore region (`iscrowd` 1).

    Args:
        images: Of `read_cells`; they are numbered from 1.
        size: `(H, W)` of the images.
        least_height: In pixels.

    Returns:
        `categories`, `images` (with `file_name`), `annotations` (with
        `area`).

    Source:
        docs/reference.md §7.3, §D11.
    """
    annotations = [
        record
        | {
            "area": record["bbox"][2] * record["bbox"][3],
            "iscrowd": int(kind != PEDESTRIAN or record["height"] < least_height),
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
    """Read a COCO-style JSON, or the original `.mat` as if it had been converted.

    Args:
        path: The file.
        training: Convert a `.mat` by the rules of training, not of evaluation.
        size: `(H, W)` of the images; a `.mat` does not tell.

    Returns:
        A dict with at least `images` and `annotations`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read as one.
    """
    path = Path(path)
    if path.suffix == ".mat":
        convert = training_records if training else evaluation_records
        return convert(read_cells(path), size)
    if not path.is_file():
        raise FileNotFoundError(_no_file(path))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r} is no JSON ({error}); download or convert it again."
        ) from error
    missing = {"images", "annotations"} - set(
        content if isinstance(content, dict) else ()
    )
    if missing:
        raise ValueError(
            f"{str(path)!r} has no {' and no '.join(sorted(missing))}; expected a "
            "COCO-style file, such as tools/dataset_converters/convert_citypersons.py writes."
        )
    return content


def _no_file(path: Path) -> str:
    return (
        f"the annotation file is {str(path)!r}, but there is no such file; see "
        "configs/pedestrian_detection/README.md for where the files belong."
    )


def _image_records(
    images: list[AnnotatedImage], size: tuple[int, int]
) -> list[dict[str, Any]]:
    return [
        {"id": number, "im_name": image.name, "height": size[0], "width": size[1]}
        for number, image in enumerate(images, start=1)
    ]


def _boxes(images: list[AnnotatedImage]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Class and common fields of every box, numbered from 1 over all images."""
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
