"""Report user errors in one line instead of a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from solider_mm.engine.hooks import CollapseError, NonFiniteError

__all__ = ["TRACEBACK_SWITCH", "report_user_errors"]

TRACEBACK_SWITCH = "SOLIDER_MM_TRACEBACK"
_USER_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    FileExistsError,
    FileNotFoundError,
    ImportError,
    CollapseError,
    NonFiniteError,
)


@contextmanager
def report_user_errors() -> Iterator[None]:
    """Print a user error in one line and exit with code 2.

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
        words = error.args[0] if isinstance(error, KeyError) and error.args else error
        sys.stderr.write(
            f"{type(error).__name__}: {words}\n"
            f"(Set {TRACEBACK_SWITCH}=1 to see where it was raised.)\n"
        )
        raise SystemExit(2) from None
