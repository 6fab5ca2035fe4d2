"""Files of images and videos that a path, a folder or a glob pattern names."""

import glob
from pathlib import Path
from typing import NamedTuple

from solider_mm.fileio.images import list_images

__all__ = ["VIDEO_SUFFIXES", "MediaFile", "is_video", "media_files"]

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".webm"})
"""Suffixes of videos, in lower case. Names are compared in any case."""


class MediaFile(NamedTuple):
    """One file.

    Attributes:
        path: The file.
        root: Folder that the name of its result is relative to.
    """

    path: Path
    root: Path


def is_video(path: Path) -> bool:
    """Return whether a file name has the suffix of a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def media_files(text: str | Path) -> list[MediaFile]:
    """List the images and videos of a path or a glob pattern.

    Args:
        text: File, folder (searched recursively) or glob pattern.

    Returns:
        Files, those of a folder sorted by path.

    Raises:
        FileNotFoundError: If nothing is there, or a folder holds no image and no video.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return _inside(path)
    if path.exists():
        return [MediaFile(path, path.parent)]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    if not matches:
        raise FileNotFoundError(
            f"{text} does not exist and matches nothing; give a file, a folder, a glob "
            "pattern or a URL"
        )
    files = [MediaFile(file, file.parent) for file in matches if file.is_file()]
    for folder in matches if not files else []:
        files += _inside(folder)
    return files


def _inside(folder: Path) -> list[MediaFile]:
    videos = (p for p in folder.rglob("*") if is_video(p) and p.name[0] != ".")
    try:
        images = list_images([folder])
    except FileNotFoundError:
        images = []
    found = sorted({*images, *videos})
    if not found:
        raise FileNotFoundError(
            f"{folder} holds no image and no video; expected files such as .jpg, .png "
            "or .mp4"
        )
    return [MediaFile(file, folder) for file in found]
