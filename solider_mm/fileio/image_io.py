"""Reading and writing image files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from solider_mm.fileio.atomic import atomic_path
from solider_mm.fileio.decoding import UnreadableImageError, decode_image
from solider_mm.fileio.regular_file import read_regular_file

__all__ = [
    "read_image",
    "read_images",
    "write_image",
]


def read_image(path: str | Path) -> NDArray[Any]:
    """Read an image as RGB, rotated upright according to its EXIF orientation.

    Args:
        path: Image of any format that `decode_image` knows.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        OSError: If the file cannot be read.
        UnreadableImageError: If the file is not a readable image.
    """
    try:
        image = decode_image(read_regular_file(path))
    except UnreadableImageError as error:
        raise UnreadableImageError(
            f"{path} is not a readable image ({error}): expected an image file; check "
            "or remove it."
        ) from error
    return np.ascontiguousarray(image[..., ::-1])


def read_images(
    paths: Sequence[Path],
) -> tuple[list[NDArray[Any]], list[Path], list[str]]:
    """Read the images that can be read.

    Args:
        paths: Image files.

    Returns:
        Images (H_i, W_i, 3) uint8 RGB, their paths, and one sentence per unreadable
        file.
    """
    images, read, problems = [], [], []
    for path in paths:
        try:
            images.append(read_image(path))
            read.append(path)
        except (OSError, ValueError) as error:
            problems.append(str(error))
    return images, read, problems


def write_image(image: NDArray[Any], path: str | Path) -> Path:
    """Write an RGB image atomically, in the format of the path's suffix.

    Args:
        image: (H, W, 3) uint8, RGB.
        path: Path of the file, for example `panel.png`. Missing folders are created.

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is missing or unknown.
    """
    path = Path(path)
    if path.suffix.lower() not in Image.registered_extensions():
        raise ValueError(
            f"{str(path)!r} has the suffix {path.suffix!r}: expected an image format; "
            "add .png or .jpg to the name."
        )
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary)
    return path
