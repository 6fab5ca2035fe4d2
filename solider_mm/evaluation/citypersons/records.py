"""Records of the CityPersons evaluation JSON as checked arrays."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.citypersons.matching import Detections, Floats, Integers

__all__ = ["Annotations", "GroundTruth", "read_detections", "read_ground_truth"]

Record = Mapping[str, Any]
GroundTruth = Mapping[str, Any] | Sequence[Record]

# A list of annotations does not name the images without any. Official files number
# their images 1…N; in a file with larger gaps N cannot be guessed.
_MAX_IMAGES_PER_NAMED_ONE = 10


class Annotations(NamedTuple):
    """Annotated boxes of a data set.

    Attributes:
        image_ids: `(I,)` ids of all images, rising, also of those without boxes.
        image: `(N,)` index of each box's image in `image_ids`.
        boxes: `(N, 4)` x, y, w, h in pixels.
        height: `(N,)` pixels.
        visibility: `(N,)` visible share of the area, 0…1.
        ignored: `(N,)` bool.
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
        ground_truth: The whole JSON (`images`, `annotations`), or its list of
            annotations: `image_id`, `bbox` and, if there, `height` (else that of
            the box), `vis_ratio` (else 1), `ignore` (else `iscrowd`, else 0).
        detections: Used with a mere list, to know the largest image id.

    Returns:
        The arrays. With a mere list the images are taken to be numbered from 1 to the
        largest id that occurs, as in the official file.

    Raises:
        TypeError: If it is neither.
        ValueError: If a record lacks a key or holds what is no finite number, or an
            annotation lies on an unknown image.
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
        detections: In any order, possibly none.
        image_ids: `(I,)` known ids, rising.

    Returns:
        The arrays, images as indices into `image_ids`.

    Raises:
        ValueError: If a record lacks a key or holds what is no finite number, or lies
            on an unknown image.
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
            f"the image ids lie between {ids[0]} and {ids[-1]} and name {len(ids)} "
            "images, so the number of images is not known; pass the whole JSON with "
            "its list of images."
        )
    return np.arange(1, ids[-1] + 1) if len(ids) else ids


def _column(
    records: Sequence[Record], key: str, kind: str, default: Floats | None = None
) -> Floats:
    """One number of every record, `(N,)`; `default` where the key is missing."""
    if default is None:
        values = [record.get(key) for record in records]
    else:
        values = [
            record.get(key, other)
            for record, other in zip(records, default.tolist(), strict=True)
        ]
    return _numbers(values, kind, key, 1)[:, 0]


def _boxes(records: Sequence[Record], kind: str) -> Floats:
    """Boxes of all records, `(N, 4)`."""
    return _numbers([record.get("bbox") for record in records], kind, "bbox", 4)


def _numbers(values: Sequence[Any], kind: str, key: str, width: int) -> Floats:
    """Finite numbers, `(N, width)`; an error names the first record without."""
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
    """The numbers of a record, not-a-number where there are none."""
    try:
        return np.array(value, dtype=np.float64).reshape(width)
    except (TypeError, ValueError):
        return np.full(width, np.nan)


def _image_index(
    records: Sequence[Record], image_ids: NDArray[np.int64], kind: str
) -> Integers:
    """Index of each record's image, `(N,)`."""
    ids = _column(records, "image_id", kind).astype(np.int64)
    index = np.searchsorted(image_ids, ids)
    known = index < len(image_ids)
    known[known] = image_ids[index[known]] == ids[known]
    if not known.all():
        wrong = int(np.flatnonzero(~known)[0])
        raise ValueError(
            f"{kind} {wrong} lies on image {ids[wrong]}, expected one of the "
            f"{len(image_ids)} images of the ground truth; evaluate against the file "
            "of the same images."
        )
    return index
