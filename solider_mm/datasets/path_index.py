"""Millions of image names in one memory-mapped block, listed once and kept.

LUPerson has 4.18 million files. As Python strings in every worker they would fill
the memory, and listing them on a network disk takes hours. Here they are one block
of bytes with offsets, written once to a cache and mapped by all processes.
"""

import hashlib
import json
import logging
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock
from mmengine.logging import print_log
from numpy.typing import NDArray

from solider_mm.fileio.cache_dir import cache_dir
from solider_mm.fileio.mmap_arrays import map_arrays, save_arrays

__all__ = ["Listing", "PackedNames", "cached_listing"]

_VERSION = 1


class PackedNames:
    """A read-only sequence of byte strings in one block.

    Args:
        offsets: Where each name starts, and where the last ends, ``(n + 1,)`` int64.
        block: All names without separators, uint8.
    """

    def __init__(self, offsets: NDArray[np.int64], block: NDArray[np.uint8]) -> None:
        # A plain view: slicing a memmap object costs several times as much.
        self.offsets = np.asarray(offsets)
        self.block = np.asarray(block)

    @classmethod
    def pack(cls, names: Iterable[bytes]) -> "PackedNames":
        """Pack names one after the other."""
        block, offsets = bytearray(), array("q", [0])
        for name in names:
            block += name
            offsets.append(len(block))
        return cls(
            np.frombuffer(offsets, dtype=np.int64),
            np.frombuffer(bytes(block), dtype=np.uint8),
        )

    @classmethod
    def join(cls, parts: Sequence["PackedNames"]) -> "PackedNames":
        """Put sequences one after the other."""
        starts = np.cumsum([0, *(len(part.block) for part in parts)], dtype=np.int64)
        shifted = [
            part.offsets[:-1] - part.offsets[0] + start
            for part, start in zip(parts, starts[:-1], strict=True)
        ]
        return cls(
            np.concatenate([*shifted, starts[-1:]]),
            np.concatenate([*(part.block for part in parts), cls.pack([]).block]),
        )

    def cut(self, start: int, stop: int) -> "PackedNames":
        """Return the names from `start` to before `stop`."""
        offsets = self.offsets[start : stop + 1]
        return PackedNames(offsets - offsets[0], self.block[offsets[0] : offsets[-1]])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[bytes]:
        return (self[position] for position in range(len(self)))

    def __getitem__(self, position: int) -> bytes:
        start, stop = self.offsets[position], self.offsets[position + 1]
        return self.block[start:stop].tobytes()


class Listing(NamedTuple):
    """Names of images, and what tells that they are still the same.

    Attributes:
        names: Names relative to the listed folder, or keys of a store.
        watched: Folders or files whose change means that the names may have changed,
            relative to the listed folder.
        modified: Their modification times in nanoseconds, int64.
        columns: What else was found, for example where each image lies in its shard.
    """

    names: PackedNames
    watched: PackedNames
    modified: NDArray[np.int64]
    columns: tuple[NDArray[Any], ...] = ()

    def is_current(self, root: Path) -> bool:
        """Tell whether nothing watched has changed: one stat each, no listing."""
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
    """Return what `build` lists, from the cache where it is still valid.

    Processes that start together list once: the first holds a lock, the others wait
    for its result. A cache that cannot be written costs a warning, nothing else.

    Args:
        build: Lists the images when no valid cache exists.
        root: Folder the watched entries are relative to.
        options: What else decides the result, for the name of the cache file.
        index_dir: Folder of the cached listings; `None` is `index` in the cache
            folder.
        refresh: List again even if the cache looks valid.
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
            _warn(f"The list of images is not kept: {file} ({error.strerror}).")
            return listing
        # From the file, so that the processes of this machine share the memory.
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
    """Map a listing written by `_save`; ``None`` if there is none that fits."""
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
