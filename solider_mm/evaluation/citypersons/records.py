"""Validated arrays from the records of the CityPersons evaluation JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.citypersons.matching import Detections, Floats, Integers

__all__ = ["Annotations", "GroundTruth", "read_detections", "read_ground_truth"]

Record = Mapping[str, Any]
GroundTruth = Mapping[str, Any] | Sequence[Record]

# A list of annotations does not contain images without annotations. Official files
# number their images 1…N; with larger gaps, N cannot be inferred.
_MAX_IMAGES_PER_NAMED_ONE = 10


@dataclass(frozen=True, eq=False)
class Annotations:
    """Annotated boxes of a dataset.

    Attributes:
        image_ids: Ascending ids of all images, (I,), including those without boxes.
        image: Index of each box's image in `image_ids`, (N,).
        boxes: Boxes (N, 4) as x, y, w, h in pixels.
        height: Heights in pixels, (N,).
        visibility: Visible shares of the area in [0, 1], (N,).
        ignored: Mask of ignored boxes, (N,) bool.
    """

    image_ids: Integers
    image: Integers
    boxes: Floats
    height: Floats
    visibility: Floats
    ignored: NDArray[np.bool_]


def read_ground_truth(
    ground_truth: GroundTruth, detections: Sequence[Record] = ()
) -> Annotations:
    """Read the annotations of an evaluation JSON.

    Args:
        ground_truth: Whole JSON (`images`, `annotations`) or its list of annotations:
            `image_id`, `bbox` and optionally `height` (default: height of the box),
            `vis_ratio` (default: 1) and `ignore` (default: `iscrowd`, else 0).
        detections: Detections, used with a list to find the largest image id.

    Returns:
        The arrays. With a list, images are assumed to be numbered from 1 to the largest
        id that occurs, as in the official file.

    Raises:
        TypeError: If the ground truth is neither a dict nor a list.
        ValueError: If a record lacks a key or has a value that is not a finite number,
            or an annotation refers to an unknown image.
    """
    if isinstance(ground_truth, Mapping):
        records = _list_of(ground_truth, "annotations")
        ids = _column(_list_of(ground_truth, "images"), "id", "image")
        image_ids = np.unique(ids.astype(np.int64))
    elif isinstance(ground_truth, Sequence) and not isinstance(ground_truth, str):
        records = ground_truth
        image_ids = _assumed_images([*records, *detections])
    else:
        raise TypeError(
            f"ground_truth is {type(ground_truth).__name__}, expected the evaluation "
            "JSON as a dict, or its list of annotations; load the file first."
        )
    boxes = _boxes(records, "annotation")
    crowd = [record.get("ignore", record.get("iscrowd", 0)) for record in records]
    return Annotations(
        image_ids,
        _image_index(records, image_ids, "annotation"),
        boxes,
        _column(records, "height", "annotation", boxes[:, 3]),
        _column(records, "vis_ratio", "annotation", np.ones(len(records))),
        np.array(crowd, dtype=bool),
    )


def read_detections(
    detections: Sequence[Record], image_ids: NDArray[np.int64]
) -> Detections:
    """Read detection records: `image_id`, `bbox` (x, y, w, h), `score`.

    Args:
        detections: Records in any order; may be empty.
        image_ids: Ascending known ids, (I,).

    Returns:
        The arrays, with images as indices into `image_ids`.

    Raises:
        ValueError: If a record lacks a key, has a value that is not a finite number, or
            refers to an unknown image.
    """
    return Detections(
        _image_index(detections, image_ids, "detection"),
        _boxes(detections, "detection"),
        _column(detections, "score", "detection"),
    )


def _list_of(ground_truth: Mapping[str, Any], key: str) -> Sequence[Record]:
    if key not in ground_truth:
        raise ValueError(
            f"the ground truth has the keys {sorted(ground_truth)}, expected 'images' "
            f"and 'annotations'; {key!r} is missing: pass the whole evaluation JSON."
        )
    return ground_truth[key]


def _assumed_images(records: Iterable[Record]) -> Integers:
    ids = np.unique(_column(list(records), "image_id", "record").astype(np.int64))
    if len(ids) and (ids[0] < 1 or ids[-1] > _MAX_IMAGES_PER_NAMED_ONE * len(ids)):
        raise ValueError(
            f"the annotations refer to {len(ids)} image ids between {ids[0]} and "
            f"{ids[-1]}, so the number of images is unknown; pass the whole JSON with "
            "its list of images."
        )
    return np.arange(1, ids[-1] + 1) if len(ids) else ids


def _column(
    records: Sequence[Record], key: str, kind: str, default: Floats | None = None
) -> Floats:
    """Return one number per record, (N,); `default` where the key is missing."""
    if default is None:
        values = [record.get(key) for record in records]
    else:
        values = [
            record.get(key, other)
            for record, other in zip(records, default.tolist(), strict=True)
        ]
    return _numbers(values, kind, key, 1)[:, 0]


def _boxes(records: Sequence[Record], kind: str) -> Floats:
    """Return the boxes of all records, (N, 4)."""
    return _numbers([record.get("bbox") for record in records], kind, "bbox", 4)


def _numbers(values: Sequence[Any], kind: str, key: str, width: int) -> Floats:
    """Return finite numbers (N, width); an error names the first invalid record."""
    rows: Floats
    try:
        rows = np.array(values, dtype=np.float64).reshape(len(values), width)
    except (TypeError, ValueError):
        rows = np.array([_row_of(value, width) for value in values])
    wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(wrong):
        wanted = "a finite number" if width == 1 else f"{width} finite numbers"
        raise ValueError(
            f"{kind} {wrong[0]} has {key} = {values[wrong[0]]!r}, expected {wanted}; "
            "correct the file."
        )
    return rows


def _row_of(value: Any, width: int) -> Floats:
    """Return the numbers of a record, NaN if they are invalid."""
    try:
        return np.array(value, dtype=np.float64).reshape(width)
    except (TypeError, ValueError):
        return np.full(width, np.nan)


def _image_index(
    records: Sequence[Record], image_ids: NDArray[np.int64], kind: str
) -> Integers:
    """Return the index of each record's image, (N,)."""
    ids = _column(records, "image_id", kind).astype(np.int64)
    index = np.searchsorted(image_ids, ids)
    known = index < len(image_ids)
    known[known] = image_ids[index[known]] == ids[known]
    if not known.all():
        wrong = int(np.flatnonzero(~known)[0])
        raise ValueError(
            f"{kind} {wrong} refers to image {ids[wrong]}, expected one of the "
            f"{len(image_ids)} images of the ground truth; evaluate against the "
            "annotations of the same images."
        )
    return index
