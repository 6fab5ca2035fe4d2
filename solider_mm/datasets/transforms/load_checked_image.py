"""mmcv's image loader with errors that name the file."""

import io
from typing import Any

import mmcv
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine import fileio
from PIL import Image, UnidentifiedImageError

from solider_mm.fileio.decoding import UnreadableImageError
from solider_mm.fileio.regular_file import read_regular_file
from solider_mm.fileio.socket_timeout import socket_timeout
from solider_mm.registry import TRANSFORMS

__all__ = ["LoadCheckedImage"]

_SILENCE = 60.0  # seconds without data until a connection is closed


@TRANSFORMS.register_module()
class LoadCheckedImage(LoadImageFromFile):
    """Load an image as mmcv does, but refuse unusable files by name.

    The pixels are those of mmcv's `LoadImageFromFile`. Files that are missing, empty or
    damaged, have too many pixels, or extreme side lengths, are refused before they are
    decoded. mmcv ends in errors without the file's name, or in too much memory.

    **Required keys:** `img_path`, or `img` (H, W, 3) for an image in memory.
    **Added keys:** `img`, `img_shape`, `ori_shape`.

    Args:
        max_pixels: Largest number of pixels. The default takes 0.5 GB as RGB.
        max_aspect_ratio: Largest ratio of the sides.
        **kwargs: Arguments of mmcv's `LoadImageFromFile`.

    Raises:
        ValueError: If a limit is below 1.
    """

    def __init__(
        self,
        max_pixels: int = 178_956_970,
        max_aspect_ratio: float = 100.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min(max_pixels, max_aspect_ratio) < 1:
            raise ValueError(
                f"max_pixels={max_pixels}, max_aspect_ratio={max_aspect_ratio}: "
                "expected at least 1 each; raise them."
            )
        self.max_pixels = max_pixels
        self.max_aspect_ratio = max_aspect_ratio

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the image.

        Args:
            results: Sample with `img_path` or `img`.

        Returns:
            The sample with `img`, `img_shape` and `ori_shape`.

        Raises:
            UnreadableImageError: If the file cannot be used, with its name.
        """
        if "img" not in results:
            results["img"] = self._load(results["img_path"])
        results["img_shape"] = results["ori_shape"] = results["img"].shape[:2]
        return results

    def _load(self, path: str) -> np.ndarray[Any, Any]:
        try:
            data = self._read(path)
            self._check_size(data)
            image = mmcv.imfrombytes(
                data, flag=self.color_type, backend=self.imdecode_backend
            )
            if image is None:
                raise ValueError("it cannot be decoded")
        # Storage backends and decoders raise nearly any error.
        except Exception as error:
            reason = getattr(error, "strerror", None) or str(error)
            if isinstance(error, UnidentifiedImageError):  # names an object in memory
                reason = "unknown format"
            raise UnreadableImageError(
                f"image {str(path)!r} cannot be used ({reason}): expected an image "
                "file; replace it, or remove it from the annotations."
            ) from error
        return image.astype(np.float32) if self.to_float32 else image

    def _read(self, path: str) -> bytes:
        if self.backend_args is None and "://" not in str(path):
            return read_regular_file(path)
        with socket_timeout(_SILENCE):
            return bytes(fileio.get(path, backend_args=self.backend_args))

    def _check_size(self, data: bytes) -> None:
        if not data:
            raise ValueError("it is empty")
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
        if width * height > self.max_pixels:
            raise ValueError(
                f"it has {width}×{height} pixels, at most {self.max_pixels} are read"
            )
        if max(width, height) > self.max_aspect_ratio * min(width, height):
            raise ValueError(
                f"it has {width}×{height} pixels, sides may differ by a factor of "
                f"{self.max_aspect_ratio:g}"
            )
