"""Reading MATLAB files in a separate process.

Damaged files can crash scipy's reader with a segmentation fault. The separate process
takes the crash, and the caller gets an error that names the file.
"""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solider_mm.fileio.regular_file import open_regular_file

__all__ = ["content_errors", "read_mat"]

_WORKER = Path(__file__).with_name("matlab_worker.py")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_STARTS = (0, 512)  # where the signature is; MATLAB writes its header before it


def read_mat(path: str | Path, **options: Any) -> dict[str, Any]:
    """Read a MATLAB file of format 4 to 7.

    Args:
        path: Path of the file.
        **options: Arguments of `scipy.io.loadmat`.

    Returns:
        Content of the variables by name.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is not a readable MATLAB file.
    """
    path = Path(path)
    try:
        with open_regular_file(path) as stream:
            start = stream.read(_HDF5_STARTS[-1] + len(_HDF5))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{str(path)!r} does not exist: expected a MATLAB file; correct the path."
        ) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if not start:
        raise _unreadable(path, "it is empty")
    if any(start.startswith(_HDF5, place) for place in _HDF5_STARTS):
        raise ValueError(
            f"{str(path)!r} has MATLAB's format 7.3 (HDF5): expected format 7 or "
            "older; save it again in MATLAB with save(..., '-v7')."
        )
    content, problem = _READER.read(str(path.absolute()), options)
    if content is None:
        raise _unreadable(path, problem)
    return content


@contextmanager
def content_errors(path: str | Path) -> Iterator[None]:
    """Name the file in errors about the content that `read_mat` returned.

    Damaged files often give arrays of other types or with other fields.

    Args:
        path: Path of the file.

    Raises:
        ValueError: If the block raises an error that does not name the file.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as e:
        if str(path) in str(e):
            raise
        raise ValueError(
            f"{str(path)!r} does not have the expected content ({e!r}): expected the "
            "original file of the data set; download or copy it again."
        ) from e


def _unreadable(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{str(path)!r} is not a readable MATLAB file ({reason}): expected format 7 or "
        "older; download or copy it again."
    )


class _Reader:
    """The process that reads, started with the first file and after a crash."""

    _lock: threading.Lock
    _process: "subprocess.Popen[bytes] | None"

    def __init__(self) -> None:
        self._forget()

    def read(
        self, path: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, str]:
        """Return the content of a file, or `None` and the reason."""
        with self._lock:
            try:
                process = self._started()
                pickle.dump((path, options), process.stdin)  # type: ignore[arg-type]
                process.stdin.flush()  # type: ignore[union-attr]
                answer: tuple[dict[str, Any] | None, str]
                answer = pickle.load(process.stdout)  # type: ignore[arg-type]
            except (EOFError, OSError, pickle.UnpicklingError):
                self.stop()
                return None, "the reader crashed"
            return answer

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _forget(self) -> None:
        # A forked process must not use the pipes of its parent.
        self._lock = threading.Lock()
        self._process = None


_READER = _Reader()
atexit.register(_READER.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_READER._forget)
