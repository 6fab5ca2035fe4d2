"""Report user errors in one line instead of a traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from solider_mm import supervision

__all__ = ["TRACEBACK_SWITCH", "report_user_errors"]

TRACEBACK_SWITCH = "SOLIDER_MM_TRACEBACK"
_USER_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    OSError,
    ImportError,
    RuntimeError,  # of torch and mmengine; also NotImplementedError
    AssertionError,  # mmengine checks arguments with assert
)
_REMEDIES = {
    errno.EACCES: "check its permissions, or choose another place",
    errno.EEXIST: "a file is where a folder is needed; choose another name",
    errno.EISDIR: "give the name of a file",
    errno.ELOOP: "a link points to itself; remove it",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ENOENT: "check the path",
    errno.ENOSPC: "free some space, or choose another disk",
    errno.ENOTDIR: "a part of the path is a file; choose another folder",
    errno.EROFS: "choose a folder that can be written",
}
_MAX_PATH = 80  # characters of a path in a message
_MAX_LINES = 20  # torch adds pages of C++ frames


@contextmanager
def report_user_errors() -> Iterator[None]:
    """Print a user error in one line and exit with code 2.

    Under mim that line ends the output, and the exit code is mim's own, 1.

    The environment variable `SOLIDER_MM_TRACEBACK=1` keeps the error and its traceback.

    Raises:
        SystemExit: If a user error occurs, with code 2, after its message was written
            to stderr.
    """
    try:
        yield
    except _USER_ERRORS as error:
        if os.environ.get(TRACEBACK_SWITCH) == "1":
            raise
        sys.stderr.write(
            f"{type(error).__name__}: {_words(error)}\n"
            f"(Set {TRACEBACK_SWITCH}=1 to see where it was raised.)\n"
        )
        supervision.end_mim()
        raise SystemExit(2) from None


def _words(error: BaseException) -> str:
    """Return the message of an error, or the place of an error without message."""
    if isinstance(error, OSError) and error.errno in _REMEDIES:
        path = str(error.filename or "")[:_MAX_PATH]
        place = f"{path!r}: " if path else ""
        return f"{place}{error.strerror}; {_REMEDIES[error.errno]}."
    only = error.args[0] if isinstance(error, KeyError) and error.args else error
    lines = str(only).strip().splitlines()[:_MAX_LINES]
    if lines:
        return "\n".join(lines)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {frame.filename}, line {frame.lineno}: {frame.line}"
