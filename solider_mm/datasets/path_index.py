"""Millions of image names in one memory-mapped block, listed once and cached.

LUPerson has 4.18 million files. Python strings in every worker would exceed the memory,
and listing on a network disk takes hours. The names are one block of bytes with
offsets, written once to a cache and mapped by all processes.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock
from mmengine.logging import print_log
from numpy.typing import NDArray

from solider_mm.datasets.packed_names import PackedNames
from solider_mm.fileio.cache_dir import cache_dir
from solider_mm.fileio.mmap_arrays import map_arrays, save_arrays

__all__ = ["Listing", "cached_listing"]

_VERSION = 1


class Listing(NamedTuple):
    """Names of images, and the state of the folders they were read from.

    Attributes:
        names: Names relative to the listed folder, or keys of an LMDB.
        watched: Folders or files whose change outdates the names, relative to the
            listed folder.
        modified: Modification times of these in nanoseconds, int64.
        columns: Further arrays, for example the position of each image in its shard.
    """

    names: PackedNames
    watched: PackedNames
    modified: NDArray[np.int64]
    columns: tuple[NDArray[Any], ...] = ()

    def is_current(self, root: Path) -> bool:
        """Return whether nothing watched has changed, by one stat each.

        Args:
            root: Listed folder.

        Returns:
            True if the listing is up to date.
        """
        base = os.fsencode(root)
        try:
            return all(
                os.stat(os.path.join(base, self.watched[i])).st_mtime_ns == time
                for i, time in enumerate(self.modified.tolist())
            )
        except OSError:
            return False


def cached_listing(
    build: Callable[[], Listing],
    *,
    root: Path,
    options: dict[str, str | None],
    index_dir: Path | None = None,
    refresh: bool = False,
) -> Listing:
    """Return the listing of `build`, from the cache if it is up to date.

    Of processes that start together, one lists, and the others wait for its result. If
    the cache cannot be written, a warning is logged.

    Args:
        build: Function that lists the images.
        root: Folder that the watched entries are relative to.
        options: Other options of the listing, part of the cache key.
        index_dir: Folder of the cached listings; `None` is `index` in the cache
            folder.
        refresh: Whether to list again even if the cache is up to date.

    Returns:
        Listing, memory-mapped if it is cached.
    """
    index_dir = index_dir or cache_dir("index")
    header = json.dumps(
        {"version": _VERSION, "root": str(root), **options}, sort_keys=True
    )
    digest = hashlib.sha256(header.encode()).hexdigest()[:16]
    file = index_dir / f"{root.name or 'root'}-{digest}.index"
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file.with_suffix(".lock")).acquire()
    except OSError as error:
        _warn(f"The list of images is not cached: {index_dir} ({error.strerror}).")
        return build()
    with lock:
        kept = None if refresh else _load(file, header)
        if kept is not None and kept.is_current(root):
            return kept
        listing = build()
        try:
            _save(file, header, listing)
        except OSError as error:
            _warn(f"The list of images is not cached: {file} ({error.strerror}).")
            return listing
        # Mapped from the file, so that all processes share the memory.
        return _load(file, header) or listing


def _warn(message: str) -> None:
    print_log(message, logger="current", level=logging.WARNING)


def _save(file: Path, header: str, listing: Listing) -> None:
    names, watched, modified, columns = listing
    save_arrays(
        file,
        header,
        *(names.offsets, names.block),
        *(watched.offsets, watched.block, modified),
        *columns,
    )


def _load(file: Path, header: str) -> Listing | None:
    """Map a listing written by `_save`; `None` if there is no matching one."""
    try:
        kept, arrays = map_arrays(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _warn(f"The cached list {file} cannot be read ({error}); listing again.")
        return None
    if kept != header or len(arrays) < 5:
        return None
    names, watched = PackedNames(*arrays[:2]), PackedNames(*arrays[2:4])
    return Listing(names, watched, arrays[4], tuple(arrays[5:]))
