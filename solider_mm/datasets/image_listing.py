"""List person images: a folder tree, a list file, or the keys of an LMDB."""

import os
import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.path_index import Listing, PackedNames

__all__ = [
    "IMAGE_EXTENSIONS",
    "has_image_ending",
    "list_file",
    "list_folder",
    "list_lmdb",
]

IMAGE_EXTENSIONS = b".bmp .gif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split()
"""File name endings that are taken for images, in any case."""


def has_image_ending(name: bytes) -> bool:
    """Tell whether a file name ends like an image's."""
    return os.path.splitext(name)[1].lower() in IMAGE_EXTENSIONS


def list_folder(folder: Path, pattern: str | None = None) -> Listing:
    """List the images of a folder tree, in the order of their names.

    Links to folders are followed, once each; hidden entries are left out.

    Args:
        folder: An existing folder.
        pattern: Regular expression that the whole file name must match.
    """
    accept = re.compile(pattern) if pattern else None
    walk = _Walk(os.fsencode(folder), accept)
    with tqdm(unit=" images", desc=f"listing {folder}", delay=1.0) as bar:
        names = PackedNames.pack(walk.names(bar))
    modified = np.frombuffer(walk.modified, dtype=np.int64)
    return Listing(names, PackedNames.pack(walk.folders), modified)


class _Walk:
    """Depth-first walk that notes each folder with its modification time."""

    def __init__(self, root: bytes, accept: re.Pattern[str] | None) -> None:
        self.root = root
        self.accept = accept
        self.folders: list[bytes] = []
        self.modified = array("q")

    def names(self, bar: "tqdm[object]") -> Iterator[bytes]:
        """Yield the images' names relative to the root."""
        seen: set[tuple[int, int]] = set()
        pending = [b""]
        while pending:
            folder = pending.pop()
            # Before listing: a file that arrives meanwhile makes the list outdated.
            status = os.stat(os.path.join(self.root, folder))
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            self.folders.append(folder)
            self.modified.append(status.st_mtime_ns)
            inner, files = self._scan(os.path.join(self.root, folder), bar)
            yield from (os.path.join(folder, name) for name in files)
            pending.extend(os.path.join(folder, name) for name in reversed(inner))

    def _scan(
        self, folder: bytes, bar: "tqdm[object]"
    ) -> tuple[list[bytes], list[bytes]]:
        """Return the sorted folders and images of one folder."""
        inner, files = [], []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(b"."):
                    continue
                if entry.is_dir():
                    inner.append(entry.name)
                elif self._is_image(entry.name):
                    files.append(entry.name)
                    bar.update()
        return sorted(inner), sorted(files)

    def _is_image(self, name: bytes) -> bool:
        if not has_image_ending(name):
            return False
        return self.accept is None or bool(self.accept.fullmatch(os.fsdecode(name)))


def list_file(file: Path) -> Listing:
    """Read a list file: one path per line, empty lines are left out."""
    status = file.stat()
    lines = (line.strip() for line in file.read_bytes().splitlines())
    return Listing(
        PackedNames.pack(line for line in lines if line),
        PackedNames.pack([os.fsencode(file.name)]),
        np.array([status.st_mtime_ns], dtype=np.int64),
    )


def list_lmdb(store: LmdbImages) -> Listing:
    """List the keys of an LMDB."""
    data_file = store.data_file
    status = data_file.stat()
    with tqdm(
        store.keys(),
        total=len(store),
        unit=" keys",
        desc=f"listing {store.path}",
        delay=1.0,
    ) as keys:
        names = PackedNames.pack(keys)
    return Listing(
        names,
        PackedNames.pack([os.fsencode(data_file.name)]),
        np.array([status.st_mtime_ns], dtype=np.int64),
    )
