"""Reading and writing image files."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from solider_mm.fileio.atomic import atomic_path
from solider_mm.fileio.decoding import UnreadableImageError, decode_image
from solider_mm.fileio.images import list_images
from solider_mm.fileio.regular_file import read_regular_file

__all__ = [
    "read_image",
    "read_images",
    "read_named_images",
    "result_names",
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


def read_named_images(
    paths: Iterable[str | Path], warn: Callable[[str], object]
) -> dict[str, NDArray[Any]]:
    """Read images whose results are written under the images' own names.

    Unreadable files are skipped.

    Args:
        paths: Files and folders, see `list_images`.
        warn: Called with one sentence per skipped file.

    Returns:
        Image (H, W, 3) uint8 RGB by unique name, see `result_names`, in the given
        order.

    Raises:
        FileNotFoundError: If a path does not exist, or a folder contains no image.
        ValueError: If no image is readable.
    """
    images, read, problems = read_images(list_images(paths, warn))
    for problem in problems:
        warn(f"skipped: {problem}")
    if not read:
        raise ValueError(
            f"{len(problems)} unreadable and 0 readable images: expected at least one "
            "readable image; check the files."
        )
    return dict(zip(result_names(read), images, strict=True))


def result_names(paths: Sequence[Path]) -> list[str]:
    """Name results after images: by stem if unique, else by the path in the tree.

    Args:
        paths: Different image files.

    Returns:
        Unique names with `/` and without suffix. If two images differ only in their
        suffix, all names keep it.
    """
    absolute = [path.absolute() for path in paths]
    root = os.path.commonpath([path.parent for path in absolute]) if paths else ""
    inside = [path.relative_to(root) for path in absolute]
    choices = [
        [path.stem for path in inside],
        [path.with_suffix("").as_posix() for path in inside],
    ]
    whole = [path.as_posix() for path in inside]
    return next((names for names in choices if len(set(names)) == len(names)), whole)


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
