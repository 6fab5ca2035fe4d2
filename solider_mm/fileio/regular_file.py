"""Reading files that may turn out not to be regular files."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["open_regular_file", "read_regular_file"]

# Opening a pipe without this flag waits for a writer.
_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular_file(path: str | Path) -> BinaryIO:
    """Open a file for reading; refuse pipes and devices instead of waiting.

    Args:
        path: Path of the file.

    Returns:
        Binary stream.

    Raises:
        OSError: If the file does not exist, cannot be read or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | _NONBLOCKING)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(
            f"{str(path)!r} is not a regular file: expected a file, got a pipe, device "
            "or folder; remove it."
        )
    return os.fdopen(descriptor, "rb")


def read_regular_file(path: str | Path) -> bytes:
    """Return the content of a file, see `open_regular_file`.

    Args:
        path: Path of the file.

    Returns:
        Content of the file.

    Raises:
        OSError: If the file does not exist, cannot be read or is not a regular file.
    """
    with open_regular_file(path) as stream:
        return stream.read()
