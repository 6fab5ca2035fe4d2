"""Index of the images in tar shards, in arrays that all processes map."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solider_mm.datasets.packed_names import PackedNames
from solider_mm.fileio.mmap_arrays import map_arrays, save_arrays

__all__ = ["INDEX_NAME", "ShardIndex", "load_index", "save_index"]

INDEX_NAME = "shards.index"
"""Name of the index beside the shards."""

_HEADER = json.dumps({"kind": "solider_mm shards", "version": 1})
_NUM_ARRAYS = 8


class ShardIndex(NamedTuple):
    """Names and positions of N images in S shards, shard by shard.

    Attributes:
        names: Member names of the images.
        offsets: Start of each image in its shard in bytes, (N,) int64.
        sizes: Size of each image in bytes, (N,) int64.
        shards: File names of the shards, relative to their folder.
        shard_bytes: Size of each shard in bytes, (S,) int64. Another size means that
            the shard was truncated or rewritten.
        starts: First image of each shard, and the number of images, (S + 1,) int64.
    """

    names: PackedNames
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    shards: PackedNames
    shard_bytes: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def from_arrays(cls, arrays: Sequence[NDArray[Any]]) -> "ShardIndex":
        """Return the index with the arrays of `to_arrays`."""
        # Plain views: indexing a memmap object costs several times as much.
        a, b, offsets, sizes, c, d, shard_bytes, starts = map(np.asarray, arrays)
        names, shards = PackedNames(a, b), PackedNames(c, d)
        return cls(names, offsets, sizes, shards, shard_bytes, starts)

    def to_arrays(self) -> list[NDArray[Any]]:
        """Return the eight arrays of the index, names first."""
        names, offsets, sizes, shards, shard_bytes, starts = self
        return [
            *(names.offsets, names.block, offsets, sizes),
            *(shards.offsets, shards.block, shard_bytes, starts),
        ]

    @classmethod
    def join(cls, parts: Sequence["ShardIndex"]) -> "ShardIndex":
        """Concatenate indexes.

        Args:
            parts: At least one index.

        Returns:
            Index of all shards.
        """
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        return cls(
            PackedNames.join([part.names for part in parts]),
            np.concatenate([part.offsets for part in parts]),
            np.concatenate([part.sizes for part in parts]),
            PackedNames.join([part.shards for part in parts]),
            np.concatenate([part.shard_bytes for part in parts]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )

    def select(self, shards: Sequence[bytes]) -> "ShardIndex":
        """Return the index of some shards.

        Args:
            shards: Names of the shards, in the wanted order.

        Returns:
            Index of these shards.

        Raises:
            KeyError: If a shard is not in the index.
        """
        known = list(self.shards)
        if list(shards) == known:
            return self  # still mapped, not copied
        places = {name: place for place, name in enumerate(known)}
        return self.join([self._part(places[name]) for name in shards])

    def _part(self, shard: int) -> "ShardIndex":
        start, stop = int(self.starts[shard]), int(self.starts[shard + 1])
        return ShardIndex(
            self.names.cut(start, stop),
            self.offsets[start:stop],
            self.sizes[start:stop],
            self.shards.cut(shard, shard + 1),
            self.shard_bytes[shard : shard + 1],
            np.array([0, stop - start], dtype=np.int64),
        )


def save_index(file: Path, index: ShardIndex) -> None:
    """Write an index atomically."""
    save_arrays(file, _HEADER, *index.to_arrays())


def load_index(file: Path) -> ShardIndex:
    """Map an index written by `save_index`.

    Args:
        file: Path of the index.

    Returns:
        Index, mapped.

    Raises:
        ValueError: If the file is damaged, has another version, or names shards
            outside its folder.
    """
    try:
        header, arrays = map_arrays(file)
    except ValueError as error:
        header, arrays, reason = "", [], str(error)
    else:
        reason = f"header {header[:80]!r}, expected {_HEADER!r}"
    if header == _HEADER:
        reason = _contradiction(arrays)
    if reason:
        raise ValueError(
            f"index {str(file)!r} cannot be used ({reason}): expected one written by "
            "tools/dataset_converters/make_shards.py for the shards beside it; remove "
            "it, and the shards are read once to list them."
        )
    return ShardIndex.from_arrays(arrays)


def _contradiction(arrays: Sequence[NDArray[Any]]) -> str:
    """Return what is wrong with the arrays of an index, or an empty string."""
    if len(arrays) != _NUM_ARRAYS or any(a.ndim != 1 for a in arrays):
        return f"{len(arrays)} arrays, expected {_NUM_ARRAYS} of one dimension"
    index = ShardIndex.from_arrays(arrays)
    num_images, num_shards = len(index.names), len(index.shards)
    found = (len(index.offsets), len(index.sizes), len(index.shard_bytes))
    if found != (num_images, num_images, num_shards) or not (
        _is_partition(index.names.offsets, len(index.names.block))
        and _is_partition(index.shards.offsets, len(index.shards.block))
        and _is_partition(index.starts, num_images)
        and len(index.starts) == num_shards + 1
    ):
        return "its arrays do not fit together"
    for name in index.shards:
        if os.path.isabs(name) or b".." in name.split(b"/") or not name:
            return f"shard {os.fsdecode(name)!r} is outside its folder"
    ends = np.repeat(index.shard_bytes, np.diff(index.starts))
    inside = (index.offsets >= 0) & (index.sizes >= 0)
    if not (inside & (index.offsets + index.sizes <= ends)).all():
        return "an image is outside its shard"
    return ""


def _is_partition(starts: NDArray[np.int64], total: int) -> bool:
    """Return whether `starts` rises from 0 to `total`."""
    if len(starts) == 0 or starts[0] != 0 or starts[-1] != total:
        return False
    return bool((np.diff(starts) >= 0).all())
