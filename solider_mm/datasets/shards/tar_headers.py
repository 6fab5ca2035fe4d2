"""Listing the images of a tar shard by its headers."""

import os
import tarfile
from array import array
from pathlib import Path
from typing import BinaryIO

import numpy as np

from solider_mm.datasets.packed_names import PackedNames
from solider_mm.datasets.shards.index import ShardIndex
from solider_mm.fileio.images import is_image_name

__all__ = ["scan_shard"]

_BLOCK = 512  # bytes; a tar consists of blocks
_CODE = ("utf-8", "surrogateescape")  # keeps every byte of a name


def scan_shard(file: Path, name: bytes) -> ShardIndex:
    """List the images of one tar (ustar, GNU or pax) by reading its headers only.

    Args:
        file: Path of the tar.
        name: Name of the shard in the index.

    Returns:
        Index of this shard.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not a plain tar, or truncated.
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
            f"shard {str(file)!r} is not a complete, plain tar ({error}): expected an "
            "uncompressed .tar; decompress it, or copy it again."
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
    """Require the empty block after the last member.

    `tarfile` takes a damaged or missing header for the end of the archive.
    """
    stream.seek(position)
    if stream.read(_BLOCK) != bytes(_BLOCK):
        raise tarfile.ReadError(f"no end mark at byte {position}")
