"""Keep the messages of other packages out of the answers."""

import contextlib
import io
import warnings
from collections.abc import Iterator

__all__ = ["only_errors", "quiet_imports"]


@contextlib.contextmanager
def quiet_imports() -> Iterator[None]:
    """Drop what packages print while they are imported, also later by a registry.

    Yields:
        Nothing.
    """
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        yield


def only_errors() -> None:
    """Show neither warnings nor log lines below an error.

    mmengine logs to standard output, where `--json` writes rows.
    """
    from mmengine.logging import MMLogger  # noqa: PLC0415  imports torch

    warnings.simplefilter("ignore")
    MMLogger.get_instance("answers", logger_name="mmengine", log_level="ERROR")
