"""Run a command in its own session, so that it can save when its parent is killed.

`mim train` kills its child a quarter of a second after Ctrl-C, which is too short to
finish an iteration and write a checkpoint. The process that mim starts therefore only
waits for the trainer. The trainer runs in a session of its own, gets the signals
forwarded, and is sent SIGTERM by the kernel when the waiting process dies.
"""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

__all__ = ["is_under_mim", "run_supervised", "stop_with_parent"]

_SUPERVISED = "SOLIDER_MM_SUPERVISED"
_PR_SET_PDEATHSIG = 1


def is_under_mim() -> bool:
    """Return whether mim is the parent process (Linux only)."""
    try:
        parent = Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
    except OSError:
        return False
    words = parent.decode(errors="replace").split("\0")[:3]
    return any(Path(word).name == "mim" for word in words)


def run_supervised(command: list[str]) -> int:
    """Run a command in a new session, forward signals to it and wait.

    Args:
        command: Words of the command.

    Returns:
        Its exit code; 128 + n if signal n ended it.
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
    return 128 - code if code < 0 else code


def stop_with_parent() -> None:
    """Get SIGTERM when the supervising process dies (Linux only)."""
    supervisor = os.environ.get(_SUPERVISED)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it has died already
        os.kill(os.getpid(), signal.SIGTERM)
