"""Finds and reads the images that a user names."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "IMAGE_SUFFIXES",
    "evenly_spaced",
    "find_images",
    "read_image",
    "read_images",
    "read_named_images",
]

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def find_images(paths: Iterable[str | Path]) -> list[Path]:
    """List image files; folders are searched to their depth.

    Args:
        paths: files (of any suffix) and folders.

    Returns:
        Files in the order given, those of a folder sorted.

    Raises:
        FileNotFoundError: if a path is not there, or a folder holds no image.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if _is_image(p))
            if not inside:
                raise FileNotFoundError(
                    f"{path} holds no image; expected files ending in "
                    f"{', '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise FileNotFoundError(
                f"{path} does not exist; give image files or folders of images."
            )
    return found


def read_image(path: str | Path) -> NDArray[Any]:
    """Read a picture as (H, W, 3) uint8 RGB, turned upright as its EXIF says.

    Args:
        path: file of any format that OpenCV reads; gray, CMYK and 16-bit are converted.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        ValueError: if the file is no readable image.
    """
    content = Path(path).read_bytes()
    image = mmcv.imfrombytes(content, flag="color", backend="cv2") if content else None
    if image is None:
        raise ValueError(f"{path} is not a readable image; check or remove the file.")
    return np.ascontiguousarray(image[..., ::-1])


def read_images(
    paths: Sequence[Path],
) -> tuple[list[NDArray[Any]], list[Path], list[str]]:
    """Read what can be read.

    Args:
        paths: image files.

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
) -> dict[Path, NDArray[Any]]:
    """Read the images that a user names, when each gets a picture under its own name.

    Files that are no readable images are left out.

    Args:
        paths: files and folders, see `find_images`.
        warn: called with a sentence for every file that is left out.

    Returns:
        Path to (H, W, 3) uint8 RGB, in the order given.

    Raises:
        FileNotFoundError: if a path is not there, or a folder holds no image.
        ValueError: if none can be read, or two have the same name.
    """
    images, read, problems = read_images(find_images(paths))
    for problem in problems:
        warn(f"skipped: {problem}")
    names = [path.stem for path in read]
    twice = {name for name in names if names.count(name) > 1}
    if not names or twice:
        raise ValueError(
            f"{len(names)} readable images, named more than once: {sorted(twice)}; "
            "expected at least one, each with its own name, since pictures take theirs"
        )
    return dict(zip(read, images, strict=True))


def evenly_spaced(paths: Sequence[Path], limit: int) -> list[Path]:
    """Take at most `limit` of the paths, evenly spread over their order.

    Args:
        paths: any number of paths.
        limit: at least 1.

    Returns:
        At most `limit` paths, the first one among them.

    Raises:
        ValueError: if `limit` is below 1.
    """
    if limit < 1:
        raise ValueError(f"at most {limit} images were asked for; ask for at least 1.")
    count = min(limit, len(paths))
    return [paths[number * len(paths) // count] for number in range(count)]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
