"""Finding image files."""

import os
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "IMAGE_SUFFIXES",
    "IMAGE_SUFFIX_PATTERN",
    "ImageFolder",
    "is_image_name",
    "list_images",
    "walk_images",
]

IMAGE_SUFFIXES = frozenset(
    [".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"]
)
"""Suffixes of image files, in lower case. Names are compared in any case."""

IMAGE_SUFFIX_PATTERN = (
    r"\.(?i:" + "|".join(suffix[1:] for suffix in sorted(IMAGE_SUFFIXES)) + ")"
)
"""Regular expression of these suffixes, to be appended to patterns of file names."""

_MAX_NAMED = 3  # skipped entries named in a warning; further ones are only counted


def is_image_name(name: str | bytes | os.PathLike[str]) -> bool:
    """Return whether a file name has the suffix of an image and is not hidden.

    Hidden names start with a dot, for example macOS's `._0001.jpg`, which has the
    suffix of an image but is none.

    Args:
        name: File name or path.

    Returns:
        True for `a/B.JPG`; False for `a/._B.jpg` and `notes.txt`.
    """
    base = os.path.basename(os.fsdecode(name))
    suffix = os.path.splitext(base)[1].lower()
    return suffix in IMAGE_SUFFIXES and not base.startswith(".")


class ImageFolder(NamedTuple):
    """A folder found by `walk_images`.

    Attributes:
        path: Path relative to the root, empty for the root itself.
        modified: Time of the last modification in nanoseconds.
        images: Names of the image files directly in it, sorted.
    """

    path: bytes
    modified: int
    images: list[bytes]


def walk_images(
    root: str | Path, warn: Callable[[str], object] = warnings.warn
) -> Iterator[ImageFolder]:
    """Walk a folder tree depth first, in the order of the names.

    Links to folders are followed, each folder once. Hidden entries are skipped
    silently. Folders that cannot be read, broken links, and images that are not regular
    files (pipes, devices) are skipped with one warning at the end.

    Args:
        root: Folder to start from.
        warn: Called with one sentence about the skipped entries.

    Yields:
        The folders, with and without images.

    Raises:
        OSError: If `root` itself cannot be read.
    """
    base = os.fsencode(root)
    seen: set[tuple[int, int]] = set()
    skipped: list[str] = []
    pending = [b""]
    while pending:
        folder = pending.pop()
        path = os.path.join(base, folder) if folder else base
        try:
            # Before listing: a file that arrives meanwhile outdates the time.
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in seen:
                continue
            inner, images = _scan(path, skipped)
        except OSError as error:
            if not folder:
                raise
            skipped.append(_describe(path, error))
            continue
        seen.add((status.st_dev, status.st_ino))
        yield ImageFolder(folder, status.st_mtime_ns, images)
        pending.extend(os.path.join(folder, name) for name in reversed(inner))
    if skipped:
        more = f" and {len(skipped) - _MAX_NAMED} more" * (len(skipped) > _MAX_NAMED)
        warn(
            f"Skipped in {os.fsdecode(base)!r}: "
            f"{', '.join(skipped[:_MAX_NAMED])}{more}."
        )


def _scan(folder: bytes, skipped: list[str]) -> tuple[list[bytes], list[bytes]]:
    """Return the sorted names of the folders and the images in a folder."""
    inner, images = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(b"."):
                continue
            try:
                if entry.is_dir():
                    inner.append(entry.name)
                elif not is_image_name(entry.name):
                    continue
                elif entry.is_file():
                    images.append(entry.name)
                else:
                    skipped.append(f"{_text(entry.path)} ({_kind(entry)})")
            except OSError as error:  # for example a link to itself
                skipped.append(_describe(entry.path, error))
    return sorted(inner), sorted(images)


def _kind(entry: os.DirEntry[bytes]) -> str:
    return "broken link" if entry.is_symlink() else "not a regular file"


def _describe(path: bytes, error: OSError) -> str:
    return f"{_text(path)} ({error.strerror})"


def _text(path: bytes) -> str:
    return repr(os.fsdecode(path))


def list_images(
    paths: Iterable[str | Path], warn: Callable[[str], object] = warnings.warn
) -> list[Path]:
    """List image files; folders are searched recursively.

    Args:
        paths: Image files, of any suffix, and folders.
        warn: Called with a sentence about entries that are skipped, see `walk_images`.

    Returns:
        Files in the given order, those of a folder sorted.

    Raises:
        FileNotFoundError: If a path does not exist, or a folder contains no image.
        ValueError: If a path is neither a file nor a folder.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [
                path / os.fsdecode(folder.path) / os.fsdecode(name)
                for folder in walk_images(path, warn)
                for name in folder.images
            ]
            if not inside:
                raise FileNotFoundError(
                    f"{path} contains no image: expected files ending in "
                    f"{', '.join(sorted(IMAGE_SUFFIXES))}."
                )
            found += sorted(inside)
        elif path.is_file():
            found.append(path)
        elif path.exists():
            raise ValueError(
                f"{path} is {stat.filemode(path.stat().st_mode)}: expected an image "
                "file or a folder of images; remove it from the list."
            )
        else:
            raise FileNotFoundError(
                f"{path} does not exist; give image files or folders of images."
            )
    return found
