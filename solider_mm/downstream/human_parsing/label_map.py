"""Reading label maps: images and MATLAB files, checked against their image."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.logging import print_log
from mmseg.datasets.transforms import LoadAnnotations
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

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
    MatReadError,
)
_SAME_RATIO = 0.02  # beyond this difference it is another image, not another size


def label_table(classes: dict[int, int]) -> bytes:
    """Classes of all 256 values of a label map; what is not named is ignored.

    Args:
        classes: Class by value in the file.

    Returns:
        256 bytes.
    """
    table = bytearray([IGNORED] * 256)
    for value, label in classes.items():
        table[value] = label
    return bytes(table)


@TRANSFORMS.register_module()
class LoadLabelMap(LoadAnnotations):
    """mmseg's `LoadAnnotations` for data as it is found: `.mat` too, and checked.

    The dataset's `label_table` gives the class of every value. Values outside it are
    ignored, with one warning for each file. A map of another size but the same aspect
    ratio is fitted to its image by nearest neighbors. Without `seg_map_path`, as in
    inference, nothing happens.

    Args:
        mat_key: Name of the label map in a `.mat` file.

    Raises:
        ValueError: If a file is empty or broken, has several channels, or cannot
            belong to its image; the sentence names the file.
    """

    def __init__(self, mat_key: str = "groundtruth") -> None:
        super().__init__()
        self.mat_key = mat_key

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the map of an image.

        Args:
            results: With `seg_map_path`, `ori_shape` and `label_table`.

        Returns:
            The same dict, with `gt_seg_map` (H, W) uint8.
        """
        if "seg_map_path" in results:
            self._load_seg_map(results)
        return results

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        path = Path(results["seg_map_path"])
        values = self._read(path)
        if values.ndim != 2:
            raise ValueError(
                f"label map {path} has shape {values.shape}, expected (H, W): store "
                "one class number for each pixel, not colors."
            )
        values = _fit(values, tuple(results["ori_shape"][:2]), path)
        results["gt_seg_map"] = _classes(values, results["label_table"], path)
        results["seg_fields"].append("gt_seg_map")

    def _read(self, path: Path) -> NDArray[Any]:
        if path.suffix != ".mat":
            return _decoded(path)
        content = _decoded_mat(path, self.mat_key)
        if self.mat_key not in content:
            raise ValueError(
                f"label map {path} has no {self.mat_key!r}: set mat_key to the name "
                "of its label matrix."
            )
        return np.asarray(content[self.mat_key])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mat_key={self.mat_key!r})"


def _decoded(path: Path) -> NDArray[Any]:
    with _named(path):
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise ValueError("no image format")
        return image


def _decoded_mat(path: Path, key: str) -> dict[str, Any]:
    with _named(path):
        return loadmat(str(path), variable_names=key)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let every error of a decoder name the file."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(
            f"label map {path} is missing: complete the data set."
        ) from None
    except _DECODER_ERRORS as error:
        raise ValueError(
            f"label map {path} is empty or broken: replace it, or take its name out "
            "of the list."
        ) from error


def _fit(values: NDArray[Any], shape: tuple[int, int], path: Path) -> NDArray[Any]:
    if values.shape == shape:
        return values
    ratios = [height / max(width, 1) for height, width in (values.shape, shape)]
    if not values.size or abs(ratios[0] / ratios[1] - 1) > _SAME_RATIO:
        raise ValueError(
            f"label map {path} is {values.shape}, its image {shape}: they do not "
            "belong together; correct one of them."
        )
    print_log(
        f"Label map {path} is {values.shape}, its image {shape}: it is fitted.",
        logger="current",
    )
    rows, columns = (
        np.arange(new) * old // new
        for new, old in zip(shape, values.shape, strict=True)
    )
    return values[rows][:, columns]


def _classes(values: NDArray[Any], table: bytes, path: Path) -> NDArray[np.uint8]:
    known = (values >= 0) & (values < len(table))
    numbers = np.where(known, values, IGNORED).astype(np.uint8)
    labels = np.frombuffer(table, np.uint8)[numbers]
    unknown = (labels == IGNORED) & (values != IGNORED)
    if unknown.any():
        print_log(
            f"Label map {path} has values of no class, for example "
            f"{values[unknown][0]}; these {int(unknown.sum())} pixels are ignored.",
            logger="current",
        )
    return labels
