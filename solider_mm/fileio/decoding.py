"""Decoding any image file to three 8-bit channels."""

import io
import struct

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

__all__ = ["UnreadableImageError", "decode_image", "exif_orientation"]

_MEAN_COLOR = (124, 116, 104)  # RGB; about 0 after the ImageNet normalization


class UnreadableImageError(ValueError):
    """An image is missing, damaged, or its pixels have no defined range."""


def decode_image(
    data: bytes, min_size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Decode an image file to BGR.

    Pillow inspects every file and decodes the unusual ones. OpenCV decodes plain JPEGs
    in half to a third of the time, with the same pixels. Pillow decodes JPEGs without
    an end mark, since some versions of OpenCV silently fill the missing part with gray.

    ============================  =================================================
    file                          result
    ============================  =================================================
    gray, bilevel, palette        three channels
    gray + alpha, RGBA,           composited over the mean color of ImageNet, which
    transparent palette           is 0 after normalization: "nothing here"
    CMYK, YCbCr                   converted to RGB
    16 bits per channel           0…65535 scaled to 0…255
    EXIF orientation              rotated upright; ignored where damaged
    several frames                the first frame
    truncated, empty, no image,   `UnreadableImageError`
    float samples
    ============================  =================================================

    Args:
        data: Content of the file.
        min_size: Sufficient (H, W): a plain JPEG of at least two, four or eight times
            this size is decoded at that fraction of its size, which is faster.

    Returns:
        Image (H, W, 3) uint8 in mmcv's channel order BGR.

    Raises:
        UnreadableImageError: If the image cannot be decoded, with the reason.
    """
    try:
        return _decode(data, min_size)
    except UnreadableImageError:
        raise
    # Pillow's decoders raise nearly any error on damaged data.
    except Exception as error:
        reason = _reason(error)
    if data.startswith(_PNG):
        # Pillow refuses text and color profiles above 1 MB; the pixels need neither.
        try:
            return _decode(_without_text(data), min_size)
        except Exception as error:
            reason = _reason(error)
    raise UnreadableImageError(f"not decodable: {reason}")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # names an object in memory
        return "unknown format"
    return str(error) or type(error).__name__


def _decode(data: bytes, min_size: tuple[int, int] | None) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        if _is_plain_jpeg(image, data):
            flag = _DECODE_AT[_fraction(image.size[::-1], min_size)]
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
            if pixels is not None:
                return np.asarray(pixels, dtype=np.uint8)
        turn = _UPRIGHT.get(exif_orientation(image))
        rgb = _to_rgb(image if turn is None else image.transpose(turn))
    return np.ascontiguousarray(rgb[..., ::-1])


def exif_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an image.

    Args:
        image: Opened image.

    Returns:
        1 (upright) to 8; 1 if the EXIF data are missing or damaged.
    """
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    # Pillow's EXIF parser raises nearly any error on damaged data.
    except Exception:
        return 1


def _without_text(data: bytes) -> bytes:
    """Remove the text and color profile chunks of a PNG."""
    kept, position = [data[:8]], 8
    while position + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, position)
        end = position + 12 + size
        if data[position + 4 : position + 8] not in _TEXT_CHUNKS:
            kept.append(data[position:end])
        position = end
    return b"".join(kept)


_PNG = b"\x89PNG\r\n\x1a\n"
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_ORIENTATION = 0x0112  # EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DECODE_AT = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _is_plain_jpeg(image: Image.Image, data: bytes) -> bool:
    """Return whether a JPEG has color, no EXIF data and an end mark."""
    plain = image.format == "JPEG" and image.mode == "RGB" and "exif" not in image.info
    return plain and data.endswith(b"\xff\xd9")


def _fraction(size: tuple[int, int], enough: tuple[int, int] | None) -> int:
    """Return the largest of 8, 4, 2, 1 by which the size may be divided."""
    if enough is None:
        return 1
    most = min(have / need for have, need in zip(size, enough, strict=True))
    return next((n for n in (8, 4, 2) if n <= most), 1)


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Convert any Pillow mode to (H, W, 3) uint8 RGB."""
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
