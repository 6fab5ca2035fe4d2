"""Arrays one after the other in a file, which all processes map."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.atomic import atomic_file

__all__ = ["map_arrays", "save_arrays"]


def save_arrays(file: Path, header: str, *arrays: NDArray[Any]) -> None:
    """Write arrays to a file that appears when it is whole.

    Args:
        file: File to make or replace.
        header: What the arrays are; `map_arrays` gives it back.
        arrays: What to keep, in this order.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    words = np.frombuffer(header.encode(), dtype=np.uint8)
    with atomic_file(file) as stream:
        for values in (words, *arrays):
            np.lib.format.write_array(stream, values, allow_pickle=False)


def map_arrays(file: Path) -> tuple[str, list[NDArray[Any]]]:
    """Map a file written by `save_arrays`.

    Returns:
        The header and the arrays, read-only.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is damaged or something else.
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
