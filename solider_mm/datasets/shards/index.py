"""Where each image lies in its tar shard, in arrays that all processes map."""

import json
import os
import tarfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solider_mm.datasets.path_index import PackedNames
from solider_mm.fileio.images import is_image_name
from solider_mm.fileio.mmap_arrays import map_arrays, save_arrays

__all__ = ["INDEX_NAME", "ShardIndex", "load_index", "save_index", "scan_shard"]

INDEX_NAME = "shards.index"
"""Name of the index beside the shards."""

_HEADER = json.dumps({"kind": "solider_mm shards", "version": 1})
_BLOCK = 512  # bytes; a tar consists of blocks
_CODE = ("utf-8", "surrogateescape")  # keeps every byte of a name


class ShardIndex(NamedTuple):
    """Names and places of ``n`` images in ``S`` shards, shard after shard.

    Attributes:
        names: Names of the images' members.
        offsets: Where each image begins in its shard, in bytes, ``(n,)`` int64.
        sizes: Bytes of each image, ``(n,)`` int64.
        shards: File names of the shards, relative to their folder.
        shard_bytes: Bytes of each shard, ``(S,)`` int64; another number means that
            the shard was cut off or written anew.
        starts: First image of each shard, and the number of images, ``(S + 1,)``
            int64.
    """

    names: PackedNames
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    shards: PackedNames
    shard_bytes: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def from_arrays(cls, arrays: Sequence[NDArray[Any]]) -> "ShardIndex":
        """Put together what `to_arrays` took apart."""
        # Plain views: indexing a memmap object costs several times as much.
        a, b, offsets, sizes, c, d, shard_bytes, starts = map(np.asarray, arrays)
        names, shards = PackedNames(a, b), PackedNames(c, d)
        return cls(names, offsets, sizes, shards, shard_bytes, starts)

    def to_arrays(self) -> list[NDArray[Any]]:
        """Return the eight arrays of the index, those of the names first."""
        names, offsets, sizes, shards, shard_bytes, starts = self
        return [
            *(names.offsets, names.block, offsets, sizes),
            *(shards.offsets, shards.block, shard_bytes, starts),
        ]

    @classmethod
    def join(cls, parts: Sequence["ShardIndex"]) -> "ShardIndex":
        """Put indexes one after the other.

        Args:
            parts: At least one.
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
        """Return the index of some shards, in their order.

        Raises:
            KeyError: A shard is not in the index.
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


def scan_shard(file: Path, name: bytes) -> ShardIndex:
    """List the images of one tar (ustar, GNU or pax) by reading its headers only.

    Args:
        file: The tar.
        name: What the index calls it.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: It is no plain tar, or cut off.
    """
    names: list[bytes] = []
    offsets, sizes = array("q"), array("q")
    try:
        with file.open("rb") as stream, _open_tar(stream) as tar:
            for member in tar:
                path = member.name.encode(*_CODE).removeprefix(b"./")
                if member.isreg() and not member.issparse() and is_image_name(path):
                    names.append(path)
                    offsets.append(member.offset_data)
                    sizes.append(member.size)
            _check_end(stream, tar.offset)
            num_bytes = stream.seek(0, os.SEEK_END)
    except tarfile.TarError as error:
        raise ValueError(
            f"shard {str(file)!r} is not a whole, plain tar ({error}): expected an "
            "uncompressed .tar; unpack it, or copy it again"
        ) from error
    return ShardIndex(
        PackedNames.pack(names),
        np.array(offsets, dtype=np.int64),
        np.array(sizes, dtype=np.int64),
        PackedNames.pack([name]),
        np.array([num_bytes], dtype=np.int64),
        np.array([0, len(names)], dtype=np.int64),
    )


def _open_tar(stream: BinaryIO) -> tarfile.TarFile:
    code, errors = _CODE
    return tarfile.open(fileobj=stream, mode="r:", encoding=code, errors=errors)


def _check_end(stream: BinaryIO, position: int) -> None:
    """Look for the empty block after the last member.

    ``tarfile`` takes a damaged header, or none at all, for the end of the archive.
    """
    stream.seek(position)
    if stream.read(_BLOCK) != bytes(_BLOCK):
        raise tarfile.ReadError(f"no end mark at byte {position}")


def save_index(file: Path, index: ShardIndex) -> None:
    """Write an index to a file that appears when it is whole."""
    save_arrays(file, _HEADER, *index.to_arrays())


def load_index(file: Path) -> ShardIndex:
    """Map an index written by `save_index`.

    Raises:
        ValueError: The file is damaged or of another version.
    """
    try:
        header, arrays = map_arrays(file)
    except ValueError as error:
        header, arrays, reason = "", [], str(error)
    else:
        reason = f"header {header[:80]!r}, expected {_HEADER!r}"
    if header != _HEADER:
        raise ValueError(
            f"index {str(file)!r} cannot be read ({reason}): remove it, the shards "
            "beside it are then read through once"
        )
    return ShardIndex.from_arrays(arrays)
