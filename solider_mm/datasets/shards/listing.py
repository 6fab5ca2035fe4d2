"""Listing the images of tar shards, from their index or their headers."""

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from tqdm import tqdm

from solider_mm.datasets.packed_names import PackedNames
from solider_mm.datasets.path_index import Listing, cached_listing
from solider_mm.datasets.shards.index import (
    INDEX_NAME,
    ShardIndex,
    load_index,
)
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl
from solider_mm.datasets.shards.tar_headers import scan_shard

__all__ = ["expand_braces", "list_shards", "split_location"]

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def expand_braces(pattern: str) -> list[str]:
    """Expand ranges such as `{00000..00417}`, like a shell.

    Args:
        pattern: Text with any number of ranges, including none.

    Returns:
        All texts, the last range varying fastest. Numbers have the width of the first.
    """
    match = _RANGE.search(pattern)
    if match is None:
        return [pattern]
    first, last = match.groups()
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return [
        f"{head}{number:0{len(first)}}{rest}"
        for number in range(int(first), int(last) + 1)
        for rest in expand_braces(tail)
    ]


def split_location(location: str) -> tuple[str, list[bytes] | None]:
    """Split a location into a folder or URL and the names of the shards.

    Args:
        location: Folder, URL of a folder, one ``.tar``, or a pattern of them with
            ranges such as ``{00000..00417}``.

    Returns:
        Folder or URL without a trailing slash, and the names of the shards relative to
        it; `None` for all in the folder.

    Raises:
        ValueError: If the pattern names no shard.
    """
    if not location.endswith(".tar"):
        return location.rstrip("/"), None
    base = location.partition("{")[0].rpartition("/")[0]
    names = expand_braces(location)
    if not names:
        raise ValueError(
            f"shards {location!r} names no file: expected a range from the smaller to "
            "the larger number; write for example {00000..00417}.tar."
        )
    return base, [os.fsencode(name[len(base) + 1 :]) for name in names]


def list_shards(
    location: ShardFolder | ShardUrl,
    names: Sequence[bytes] | None,
    *,
    index_dir: Path | None = None,
    refresh: bool = False,
) -> ShardIndex:
    """Return the index of some shards, or of all at a location.

    The index file beside the shards is used if it contains all of them. Otherwise
    their headers are read once, and the result is cached like other listings.

    Args:
        location: Folder or URL of the shards.
        names: Names of the shards; `None` for all.
        index_dir: Folder of the cached listing.
        refresh: Whether to read the headers again even if the cached listing looks
            valid.

    Returns:
        Index of the shards, in the given order.

    Raises:
        FileNotFoundError: If there is no shard, or a named one is missing.
        ValueError: If a shard is not a plain tar, or the index does not match.
        OSError: If a shard cannot be read or fetched.
    """
    kept = _index_beside(location, must_work=names is None)
    if kept is not None:
        known = set(kept.shards)
        if names is None:
            _check_all_known(location, known)
            return kept
        if known.issuperset(names):
            return kept.select(names)
    names = location.names() if names is None else names
    if not names:
        raise FileNotFoundError(
            f"{str(location)!r} has neither {INDEX_NAME} nor shards that can be "
            "listed: expected .tar files in a folder, or for a URL also their names; "
            "write shards with tools/dataset_converters/make_shards.py, or give names "
            "such as 'http://…/{00000..00417}.tar'."
        )
    listing = cached_listing(
        lambda: _read_headers(location, names),
        root=Path(str(location)),
        options={"kind": "shards", "names": _digest(names)},
        index_dir=index_dir,
        refresh=refresh,
    )
    offsets, block = listing.names.offsets, listing.names.block
    return ShardIndex.from_arrays([offsets, block, *listing.columns])


def _index_beside(
    location: ShardFolder | ShardUrl, *, must_work: bool
) -> ShardIndex | None:
    try:
        file = location.index_file()
    except OSError as error:
        # Some stores report a missing file as a server error.
        if must_work:
            raise
        _warn(f"The index of the shards is not used: {error}.")
        return None
    return None if file is None else load_index(file)


def _check_all_known(location: ShardFolder | ShardUrl, known: set[bytes]) -> None:
    """Refuse a folder with shards that are not in its index."""
    unknown = [os.fsdecode(name) for name in location.names() if name not in known]
    if unknown:
        raise ValueError(
            f"folder {str(location)!r} has {len(unknown)} shards that are not in its "
            f"{INDEX_NAME}, the first is {unknown[0]!r}: expected an index of all; "
            "remove the index, and the shards are read once to list them."
        )


def _read_headers(location: ShardFolder | ShardUrl, names: Sequence[bytes]) -> Listing:
    if isinstance(location, ShardUrl):
        _warn(
            f"No {INDEX_NAME} at {location}: all {len(names)} shards are fetched once "
            "to list their images; tools/dataset_converters/make_shards.py writes one."
        )
    # Before reading: a shard written meanwhile outdates the listing.
    modified = location.modified(names)
    bar = tqdm(names, unit=" shards", desc=f"listing {location}", delay=1.0)
    index = ShardIndex.join([scan_shard(location.file(name), name) for name in bar])
    watched = PackedNames.pack(names if modified else [])
    times = np.array(modified, dtype=np.int64)
    return Listing(index.names, watched, times, tuple(index.to_arrays()[2:]))


def _digest(names: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\0".join(names)).hexdigest()


def _warn(message: str) -> None:
    print_log(message, logger="current", level=logging.WARNING)
