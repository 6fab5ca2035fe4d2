"""Keep the C library from giving memory back between two training steps."""

import ctypes
import logging
import sys

from mmengine.logging import print_log

__all__ = ["keep_freed_memory"]

# Parameters of glibc's mallopt (malloc.h).
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER, _NONE = -1, 0


def keep_freed_memory() -> bool:
    """Let freed memory stay with the process, for a model that trains on the CPU.

    glibc maps every large tensor anew and unmaps it when it is freed, so each step
    touches all its activations for the first time again, page by page: a quarter to
    half a second of a Swin-T step of five. Kept, the pages are there from the second
    step on. The process then holds its peak until it ends, which is what training
    needs anyhow. Other C libraries are left alone.

    Returns:
        Whether it was possible.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl has none
        return False
    kept = bool(mallopt(_MMAP_MAX, _NONE)) and bool(mallopt(_TRIM_THRESHOLD, _NEVER))
    if kept:
        print_log(
            "Freed memory stays with the process.", "current", level=logging.DEBUG
        )
    return kept
