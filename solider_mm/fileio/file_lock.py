"""A lock between the processes of one machine."""

import contextlib
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none: processes may then do work twice, no more
    fcntl = None  # type: ignore[assignment]

__all__ = ["locked"]


def locked(path: Path) -> contextlib.AbstractContextManager[object]:
    """Open and lock a file, waiting for whoever holds it; closing it releases it.

    Args:
        path: File of the lock, made where it is missing. It stays afterwards: removing
            it would let two processes hold locks on two files of that name.

    Raises:
        OSError: The file cannot be made.
    """
    handle = path.open("w")
    if fcntl is not None:
        # A disk without locks only means that every process works by itself.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
    return handle
