"""Selecting images of a folder or a list."""

from collections.abc import Sequence
from pathlib import Path

from solider_mm.fileio.images import is_image_name

__all__ = ["evenly_spaced", "images_by_stem"]


def images_by_stem(folder: Path) -> dict[str, Path]:
    """Map the names without suffix of a folder's images to their paths.

    Args:
        folder: Folder of the images; subfolders are not searched.

    Returns:
        Path by stem; of several images with the same stem, the first by name. Empty if
        the folder does not exist.
    """
    if not folder.is_dir():
        return {}
    images = sorted(filter(is_image_name, folder.iterdir()), reverse=True)
    return {path.stem: path for path in images if path.is_file()}


def evenly_spaced(paths: Sequence[Path], limit: int) -> list[Path]:
    """Select at most `limit` paths, evenly spaced in their order.

    Args:
        paths: Paths to select from.
        limit: Largest number of paths to return, at least 1.

    Returns:
        At most `limit` paths, including the first one.

    Raises:
        ValueError: If `limit` is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: expected at least 1; raise it.")
    count = min(limit, len(paths))
    return [paths[number * len(paths) // count] for number in range(count)]
