"""Several arrays in one file, mapped into memory by all processes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.atomic import atomic_file

__all__ = ["map_arrays", "save_arrays"]


def save_arrays(file: Path, header: str, *arrays: NDArray[Any]) -> None:
    """Write arrays to a file atomically.

    Args:
        file: File to create or replace.
        header: Description of the arrays, which `map_arrays` returns.
        *arrays: Arrays in order.

    Raises:
        OSError: If the file cannot be written.
    """
    words = np.frombuffer(header.encode(), dtype=np.uint8)
    with atomic_file(file) as stream:
        for values in (words, *arrays):
            np.lib.format.write_array(stream, values, allow_pickle=False)


def map_arrays(file: Path) -> tuple[str, list[NDArray[Any]]]:
    """Map a file written by `save_arrays`.

    Args:
        file: File to map.

    Returns:
        Header and arrays, read-only.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the file is damaged or has another format.
    """
    with file.open("rb") as stream:
        words, *arrays = _mapped(file, stream)
    return words.tobytes().decode(), arrays


def _mapped(file: Path, stream: BinaryIO) -> Iterator[NDArray[Any]]:
    size = file.stat().st_size
    while stream.tell() < size:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"array format {version}, expected (1, 0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        start, length = stream.tell(), int(np.prod(shape)) * dtype.itemsize
        if start + length > size:
            raise ValueError(f"{size} bytes, expected at least {start + length}")
        if length:
            yield np.memmap(file, dtype, mode="r", offset=start, shape=shape)
        else:
            yield np.empty(shape, dtype)
        stream.seek(start + length)
