"""Decode any image file to three 8-bit channels, or say why it cannot be."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray
from PIL import Image, ImageOps

from solider_mm.registry import TRANSFORMS

__all__ = ["LoadPersonImage", "UnreadableImageError", "decode_image"]

_MEAN_COLOR = (124, 116, 104)  # RGB; about 0 after the ImageNet normalization


class UnreadableImageError(ValueError):
    """An image is missing, damaged or of a kind without a defined meaning."""


def decode_image(
    data: bytes, min_size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Decode an image file to BGR.

    Pillow looks at every file and decodes the odd ones. A plain JPEG goes to OpenCV,
    which gives the same pixels in half to a third of the time; not one without its end
    mark, for some OpenCVs fill what a truncated file lacks with gray without a word.

    ============================  =================================================
    file                          result
    ============================  =================================================
    gray, bilevel, palette        three channels
    gray + alpha, RGBA,           composited over the mean color of ImageNet, which
    transparent palette           is 0 after normalization: "nothing here"
    CMYK, YCbCr                   converted to RGB
    16 bits per channel           0…65535 scaled to 0…255
    EXIF orientation              turned upright
    several frames                the first
    truncated, empty, no image,   `UnreadableImageError`
    float samples
    ============================  =================================================

    Args:
        data: Content of the file.
        min_size: ``(H, W)`` that are enough: a plain JPEG of at least twice, four or
            eight times the size is decoded at that fraction, which is quicker.

    Returns:
        Image ``(H, W, 3)`` uint8 in mmcv's channel order, blue first.

    Raises:
        UnreadableImageError: The image cannot be decoded; says why.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            if _is_plain_jpeg(image, data):
                flag = _DECODE_AT[_fraction(image.size[::-1], min_size)]
                pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
                if pixels is not None:
                    return np.asarray(pixels, dtype=np.uint8)
            rgb = _to_rgb(ImageOps.exif_transpose(image))
    except UnreadableImageError:
        raise
    # Pillow's decoders raise nearly anything on damaged data.
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise UnreadableImageError(f"not decodable: {reason}") from error
    return np.ascontiguousarray(rgb[..., ::-1])


_DECODE_AT = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _is_plain_jpeg(image: Image.Image, data: bytes) -> bool:
    """Whether it is color, says nothing of an orientation, and has its end."""
    plain = image.format == "JPEG" and image.mode == "RGB" and "exif" not in image.info
    return plain and data.endswith(b"\xff\xd9")


def _fraction(size: tuple[int, int], enough: tuple[int, int] | None) -> int:
    """The largest of 8, 4, 2, 1 by which the size can be divided and stay enough."""
    if enough is None:
        return 1
    most = min(have / need for have, need in zip(size, enough, strict=True))
    return next((n for n in (8, 4, 2) if n <= most), 1)


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Convert any Pillow mode to ``(H, W, 3)`` uint8 RGB."""
    if image.mode == "F":
        raise UnreadableImageError(
            "float samples have no defined range: expected 8 or 16 bits per channel"
        )
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.int64).clip(0, 65535)
        gray = ((wide + 128) // 257).astype(np.uint8)  # 257 = 65535 / 255
        return np.repeat(gray[..., None], 3, axis=2)  # (H, W, 3)
    if image.has_transparency_data:
        top = image.convert("RGBA")
        image = Image.new("RGBA", top.size, (*_MEAN_COLOR, 255))
        image.alpha_composite(top)
    return np.asarray(image.convert("RGB"))


@TRANSFORMS.register_module()
class LoadPersonImage(BaseTransform):
    """Load an image from ``img_path``, or from ``img_bytes`` where they are given.

    **Required keys:** ``img_path`` (only a name if there are ``img_bytes``).
    **Added keys:** ``img`` ``(H, W, 3)`` uint8 BGR, ``img_shape`` and ``ori_shape``
    ``(H, W)``. **Removed key:** ``img_bytes``.

    What becomes of odd files is told at `decode_image`.

    Args:
        min_size: ``(H, W)`` that are enough for what follows; a JPEG of at least twice
            that size is decoded at half, a quarter or an eighth of its own. ``None``
            decodes every image whole.

    Raises:
        ValueError: If `min_size` is not two numbers above 0.
    """

    def __init__(self, min_size: tuple[int, int] | None = None) -> None:
        if min_size is not None and (len(min_size) != 2 or min(min_size) <= 0):
            raise ValueError(
                f"min_size={min_size}: expected (H, W), two numbers above 0, or None"
            )
        self.min_size = None if min_size is None else (min_size[0], min_size[1])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the image.

        Raises:
            UnreadableImageError: The file cannot be read or decoded; says why.
        """
        if results.get("img") is not None:  # loaded by an inferencer
            return results
        data = results.pop("img_bytes", None)
        if data is None:
            try:
                data = Path(results["img_path"]).read_bytes()
            except OSError as error:
                raise UnreadableImageError(
                    f"not readable: {error.strerror or error}"
                ) from error
        results["img"] = decode_image(data, self.min_size)
        results["img_shape"] = results["ori_shape"] = results["img"].shape[:2]
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(min_size={self.min_size})"
