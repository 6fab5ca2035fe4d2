"""Listing person images: a folder tree, a list file, or the keys of an LMDB."""

import logging
import os
import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from tqdm import tqdm

from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.packed_names import PackedNames
from solider_mm.datasets.path_index import Listing
from solider_mm.fileio.images import walk_images
from solider_mm.fileio.text_file import read_text, with_forward_slashes

__all__ = [
    "list_file",
    "list_folder",
    "list_lmdb",
]


def list_folder(folder: Path, pattern: str | None = None) -> Listing:
    """List the images of a folder tree, in the order of their names.

    Links to folders are followed, each folder once. Hidden entries are skipped.

    Args:
        folder: An existing folder.
        pattern: Regular expression that the whole file name must match.

    Returns:
        Names relative to the folder, with the folders as what is watched.

    Raises:
        OSError: If the folder cannot be read.
    """
    accept = re.compile(pattern).fullmatch if pattern else None
    folders: list[bytes] = []
    modified = array("q")

    def names() -> Iterator[bytes]:
        for found in walk_images(folder, _warn):
            folders.append(found.path)
            modified.append(found.modified)
            for name in found.images:
                if accept is None or accept(os.fsdecode(name)):
                    bar.update()
                    yield os.path.join(found.path, name)

    with tqdm(unit=" images", desc=f"listing {folder}", delay=1.0) as bar:
        packed = PackedNames.pack(names())
    times = np.frombuffer(modified, dtype=np.int64)
    return Listing(packed, PackedNames.pack(folders), times)


def _warn(message: str) -> None:
    print_log(message, logger="current", level=logging.WARNING)


def list_file(file: Path) -> Listing:
    """Read a list file: one path per line, without the empty lines.

    Args:
        file: Text in any Unicode encoding; other bytes are kept, since file names may
            have any. Backslashes are read as separators.

    Returns:
        Names as in the list, with the file as what is watched.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the file is not text.
    """
    status = file.stat()
    text = with_forward_slashes(read_text(file, keep_bytes=True))
    lines = (line.strip() for line in text.split("\n"))
    return Listing(
        PackedNames.pack(os.fsencode(line) for line in lines if line),
        PackedNames.pack([os.fsencode(file.name)]),
        np.array([status.st_mtime_ns], dtype=np.int64),
    )


def list_lmdb(store: LmdbImages) -> Listing:
    """List the keys of an LMDB.

    Args:
        store: LMDB to list.

    Returns:
        Keys, with the data file as what is watched.
    """
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
