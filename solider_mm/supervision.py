"""Run a command in its own session, so that it can save when its parent is killed.

`mim train` kills its child a quarter of a second after Ctrl-C, which is too short to
finish an iteration and write a checkpoint. The process that mim starts therefore only
waits for the trainer. The trainer runs in a session of its own, gets the signals
forwarded, and is sent SIGTERM by the kernel when the waiting process dies.

mim ends with a traceback of its own, thirty lines long, when its child fails. An
interrupt makes it end with the one word "Aborted!" instead, so that the message of the
error stays visible. Its exit code is 1 in both cases, and nothing that a child does
can change that.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

__all__ = [
    "end_mim",
    "is_under_mim",
    "parent_command",
    "run_supervised",
    "stop_with_parent",
]

_SUPERVISED = "SOLIDER_MM_SUPERVISED"
_PR_SET_PDEATHSIG = 1
# Commands of mim that run one child and then end.
_SINGLE = ("run", "test", "train")
_PATIENCE = 2.0  # seconds that mim gets to end


def is_under_mim() -> bool:
    """Return whether mim is the parent process (Linux only)."""
    return _mim_command() is not None


def end_mim() -> None:
    """Interrupt mim, if it is the parent and waits for this process only.

    Returns without effect under other commands, such as `mim gridsearch`, which
    continues with other runs, and where interrupts are ignored.
    """
    if _mim_command() not in _SINGLE:
        return
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    parent = os.getppid()
    os.kill(parent, signal.SIGINT)
    end = time.monotonic() + _PATIENCE
    while os.getppid() == parent and time.monotonic() < end:
        time.sleep(0.05)  # mim kills this process meanwhile


def parent_command() -> list[str]:
    """Return the words of the parent's command; none where it cannot be read."""
    try:
        parent = Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
    except OSError:  # not Linux
        return []
    return parent.decode(errors="replace").split("\0")


def _mim_command() -> str | None:
    """Return the subcommand of mim if it is the parent; '' if it has none."""
    words = parent_command()
    for place, word in enumerate(words[:3]):
        if Path(word).name == "mim":
            return words[place + 1] if place + 1 < len(words) else ""
    return None


def run_supervised(command: list[str]) -> int:
    """Run a command in a new session, forward signals to it and wait.

    Args:
        command: Words of the command.

    Returns:
        Its exit code; 128 + n if signal n ended it. If it is not 0, mim has been
        interrupted.
    """
    child = subprocess.Popen(
        command,
        start_new_session=True,
        env={**os.environ, _SUPERVISED: str(os.getpid())},
    )

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    code = child.wait()
    if code:
        end_mim()
    return 128 - code if code < 0 else code


def stop_with_parent() -> None:
    """Get SIGTERM when the supervising process dies (Linux only)."""
    supervisor = os.environ.get(_SUPERVISED)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it has died already
        os.kill(os.getpid(), signal.SIGTERM)
