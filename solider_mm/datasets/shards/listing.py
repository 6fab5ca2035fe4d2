"""List the images of tar shards: by the index beside them, or by reading headers."""

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from tqdm import tqdm

from solider_mm.datasets.path_index import Listing, PackedNames, cached_listing
from solider_mm.datasets.shards.index import (
    INDEX_NAME,
    ShardIndex,
    load_index,
    scan_shard,
)
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl

__all__ = ["expand_braces", "list_shards", "split_location"]

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def expand_braces(pattern: str) -> list[str]:
    """Write out the numbers of ``{00000..00417}``, like a shell.

    Args:
        pattern: Text with any number of ranges, also none.

    Returns:
        All texts, the last range running fastest. Numbers have the width of the first.
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
    """Split what a user writes into a folder or URL, and the shards in it.

    Args:
        location: Folder, URL of a folder, one ``.tar``, or a pattern of them with
            ranges such as ``{00000..00417}``.

    Returns:
        The folder or URL, without a slash at its end, and the shards' names relative
        to it; ``None`` for all in the folder.

    Raises:
        ValueError: The pattern names no shard.
    """
    if not location.endswith(".tar"):
        return location.rstrip("/"), None
    base = location.partition("{")[0].rpartition("/")[0]
    names = expand_braces(location)
    if not names:
        raise ValueError(
            f"shards {location!r} name no file: expected a range from the smaller to "
            "the larger number, for example {00000..00417}.tar"
        )
    return base, [os.fsencode(name[len(base) + 1 :]) for name in names]


def list_shards(
    place: ShardFolder | ShardUrl,
    names: Sequence[bytes] | None,
    *,
    index_dir: Path | None = None,
    refresh: bool = False,
) -> ShardIndex:
    """Return the index of some shards, or of all at a place.

    The index beside the shards is taken where it names them all. Otherwise their
    headers are read once, and what is found is kept like other listings.

    Args:
        place: Where the shards lie.
        names: The shards; ``None`` for all.
        index_dir: Folder of the kept listing.
        refresh: Read the headers again even if the kept listing looks valid.

    Raises:
        FileNotFoundError: There are no shards, or one of those named is missing.
        ValueError: A shard is no plain tar, or the index does not fit.
        OSError: They cannot be read or fetched.
    """
    kept = _index_beside(place, must_work=names is None)
    if kept is not None:
        known = set(kept.shards)
        if names is None:
            _check_all_known(place, known)
            return kept
        if known.issuperset(names):
            return kept.select(names)
    names = place.names() if names is None else names
    if not names:
        raise FileNotFoundError(
            f"{str(place)!r} has neither {INDEX_NAME} nor shards that can be listed: "
            "expected .tar files in a folder (tools/dataset_converters/make_shards.py writes some), or "
            "for a URL also their names, as in 'http://…/{00000..00417}.tar'"
        )
    listing = cached_listing(
        lambda: _read_headers(place, names),
        root=Path(str(place)),
        options={"kind": "shards", "names": _digest(names)},
        index_dir=index_dir,
        refresh=refresh,
    )
    offsets, block = listing.names.offsets, listing.names.block
    return ShardIndex.from_arrays([offsets, block, *listing.columns])


def _index_beside(
    place: ShardFolder | ShardUrl, *, must_work: bool
) -> ShardIndex | None:
    try:
        file = place.index_file()
    except OSError as error:
        # Some stores answer for a file they do not have as if they were ill.
        if must_work:
            raise
        _warn(f"The index of the shards is not used: {error}.")
        return None
    return None if file is None else load_index(file)


def _check_all_known(place: ShardFolder | ShardUrl, known: set[bytes]) -> None:
    """Refuse a folder with shards that its index leaves out."""
    unknown = [os.fsdecode(name) for name in place.names() if name not in known]
    if unknown:
        raise ValueError(
            f"folder {str(place)!r} holds {len(unknown)} shards that its {INDEX_NAME} "
            f"does not name, {unknown[0]!r} first: remove the index, the shards are "
            "then read through once"
        )


def _read_headers(place: ShardFolder | ShardUrl, names: Sequence[bytes]) -> Listing:
    if isinstance(place, ShardUrl):
        _warn(
            f"No {INDEX_NAME} at {place}: all {len(names)} shards are fetched once to "
            "list their images; tools/dataset_converters/make_shards.py writes one."
        )
    # Before reading: a shard written meanwhile makes the listing outdated.
    modified = place.modified(names)
    bar = tqdm(names, unit=" shards", desc=f"listing {place}", delay=1.0)
    index = ShardIndex.join([scan_shard(place.file(name), name) for name in bar])
    watched = PackedNames.pack(names if modified else [])
    times = np.array(modified, dtype=np.int64)
    return Listing(index.names, watched, times, tuple(index.to_arrays()[2:]))


def _digest(names: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\0".join(names)).hexdigest()


def _warn(message: str) -> None:
    print_log(message, logger="current", level=logging.WARNING)
