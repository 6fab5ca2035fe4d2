"""mmengine's runner with a short start-up log and a name of its own per run."""

import logging
from typing import Any, ClassVar

from mmengine.logging import MMLogger
from mmengine.runner import Runner

__all__ = ["QuietRunner"]

# Long messages at the start of a run, by what they contain near their beginning.
_LONG = ("System environment:", "Config:", "Hooks will be executed")
_HEAD = 120


class QuietRunner(Runner):
    """Runner that prints environment, config and hooks to the log file only.

    The console gets one line in place of each, so that warnings and errors at the
    start can be seen.

    mmengine names a run after the second of its start, and shares logger, scalars and
    visualizer between runs of the same name. Runs of one process that start within a
    second get different names here.
    """

    _started: ClassVar[set[str]] = set()
    _timestamp: str

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """Set up the environment, and a time stamp that no other run has.

        Args:
            env_cfg: mmengine's options of the environment.
        """
        super().setup_env(env_cfg)
        second, number = self._timestamp, 2
        while self._timestamp in self._started:
            self._timestamp, number = f"{second}_{number}", number + 1
        self._started.add(self._timestamp)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger; the arguments are those of mmengine's `Runner`."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            is_file = isinstance(handler, logging.FileHandler)
            if not is_file and not isinstance(handler.formatter, _ShortFormatter):
                handler.setFormatter(_ShortFormatter(handler.formatter, self._log_dir))
        return logger


class _ShortFormatter(logging.Formatter):
    """Replaces long start-up messages by one line.

    Args:
        full: Formatter of all other messages.
        log_dir: Folder of the log file.
    """

    def __init__(self, full: logging.Formatter | None, log_dir: str) -> None:
        super().__init__()
        self.full = full or logging.Formatter()
        self.log_dir = log_dir

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        text = record.getMessage()
        found = [title for title in _LONG if title in text[:_HEAD]]
        if not found:
            return self.full.format(record)
        short = logging.makeLogRecord(record.__dict__)
        title, count = found[0].rstrip(":"), len(text.splitlines())
        short.msg = f"{title}: {count} lines, in the log file below {self.log_dir}"
        short.args = None
        return self.full.format(short)
