"""Loading of label maps from images and MATLAB files, checked against the image."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.logging import print_log
from mmseg.datasets.transforms import LoadAnnotations
from numpy.typing import NDArray
from PIL import Image

from solider_mm.fileio.matlab import read_mat
from solider_mm.fileio.regular_file import read_regular_file
from solider_mm.registry import TRANSFORMS

__all__ = ["LoadLabelMap", "label_table"]

IGNORED = 255
_DECODER_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    NotImplementedError,
    OSError,
    cv2.error,
)
_MAX_RATIO_ERROR = 0.02  # a map of another aspect ratio belongs to another image


def label_table(classes: dict[int, int]) -> bytes:
    """Build the lookup table from the 256 values of a label map to classes.

    Args:
        classes: Mapping from value in the file to class; other values are ignored.

    Returns:
        Table of 256 bytes.
    """
    table = bytearray([IGNORED] * 256)
    for value, label in classes.items():
        table[value] = label
    return bytes(table)


@TRANSFORMS.register_module()
class LoadLabelMap(LoadAnnotations):
    """mmseg's `LoadAnnotations` with checks and support for MATLAB files.

    The dataset's `label_table` maps each value to its class. Other values are
    ignored, with one warning per file. A map of another size with the same aspect
    ratio is resized to its image by nearest neighbors. Without `seg_map_path`, as in
    inference, the transform does nothing.

    Args:
        mat_key: Name of the label map in a `.mat` file.

    Raises:
        ValueError: If a file is empty or broken, has several channels, or cannot
            belong to its image.
    """

    def __init__(self, mat_key: str = "groundtruth") -> None:
        super().__init__()
        self.mat_key = mat_key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the label map of an image.

        Args:
            results: Results with `seg_map_path`, `ori_shape` and `label_table`.

        Returns:
            The same dict with the additional `gt_seg_map` (H, W) uint8.
        """
        if "seg_map_path" in results:
            self._load_seg_map(results)
        return results

    def classes(self, path: Path, table: bytes) -> NDArray[np.uint8]:
        """Read a label map alone.

        Args:
            path: File of the label map.
            table: Table from its values to classes, see `label_table`.

        Returns:
            Class of every pixel (H, W), 255 where it has none.

        Raises:
            ValueError: If the file is empty, broken, or has several channels.
        """
        return _classes(self._values(path), table)

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        path = Path(results["seg_map_path"])
        values = self._values(path)
        values = _fit(values, tuple(results["ori_shape"][:2]), path)
        results["gt_seg_map"] = _classes(values, results["label_table"])
        _log_unknown(values, results["gt_seg_map"], path)
        results["seg_fields"].append("gt_seg_map")

    def _values(self, path: Path) -> NDArray[Any]:
        values = self._read(path)
        if values.ndim != 2:
            raise ValueError(
                f"label map {path} has shape {values.shape}, expected (H, W): store "
                "one class number per pixel instead of colors."
            )
        return values

    def _read(self, path: Path) -> NDArray[Any]:
        if path.suffix.lower() != ".mat":
            return _decoded(path)
        content = _decoded_mat(path, self.mat_key)
        if self.mat_key not in content:
            raise ValueError(
                f"label map {path} has no variable {self.mat_key!r}: set mat_key to "
                "the name of its label matrix."
            )
        return np.asarray(content[self.mat_key])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mat_key={self.mat_key!r})"


def _decoded(path: Path) -> NDArray[Any]:
    with _named(path):
        data = read_regular_file(path)
        with Image.open(io.BytesIO(data)) as image:
            if image.mode == "P":  # the values are class numbers, not colors
                return np.asarray(image)
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if values is None:
            raise ValueError("unknown image format")
        return values


def _decoded_mat(path: Path, key: str) -> dict[str, Any]:
    try:
        return read_mat(path, variable_names=key)
    except (FileNotFoundError, ValueError) as error:
        raise type(error)(f"label map {error}") from error


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in every error of a decoder."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(
            f"label map {path} is missing: complete the dataset."
        ) from None
    except _DECODER_ERRORS as error:
        raise ValueError(
            f"label map {path} is empty or broken: replace it, or remove it from the "
            "list."
        ) from error


def _fit(values: NDArray[Any], shape: tuple[int, int], path: Path) -> NDArray[Any]:
    if values.shape == shape:
        return values
    ratios = [height / max(width, 1) for height, width in (values.shape, shape)]
    if not values.size or abs(ratios[0] / ratios[1] - 1) > _MAX_RATIO_ERROR:
        raise ValueError(
            f"label map {path} has size {values.shape}, expected that of its image, "
            f"{shape}, or the same aspect ratio: replace one of them."
        )
    print_log(
        f"Label map {path} has size {values.shape} and is resized to {shape}.",
        logger="current",
    )
    rows, columns = (
        np.arange(new) * old // new
        for new, old in zip(shape, values.shape, strict=True)
    )
    return values[rows][:, columns]


def _classes(values: NDArray[Any], table: bytes) -> NDArray[np.uint8]:
    known = (values >= 0) & (values < len(table))
    numbers = np.where(known, values, IGNORED).astype(np.uint8)
    return np.frombuffer(table, np.uint8)[numbers]


def _log_unknown(values: NDArray[Any], labels: NDArray[np.uint8], path: Path) -> None:
    unknown = (labels == IGNORED) & (values != IGNORED)
    if unknown.any():
        print_log(
            f"Label map {path} has {int(unknown.sum())} pixels without a class, for "
            f"example value {values[unknown][0]}; they are ignored.",
            logger="current",
        )
