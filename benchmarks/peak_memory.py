"""Peak memory and page faults of a call."""

import ctypes
import gc
import resource
import threading
from collections.abc import Callable
from pathlib import Path

import torch

__all__ = ["ExtraMemory", "Figures", "measure_step"]

_CLEAR = Path("/proc/self/clear_refs")
_PEAK_ONLY = "5"  # its name of the peak of resident memory


# Memory of a step: `rest`, MiB before it; `extra`, MiB more at its peak; `faults`, the
# page faults of another step, 0 on a GPU.
Figures = dict[str, float]


class ExtraMemory:
    """Peak resident memory above that at the start, looked at every 10 ms."""

    def __enter__(self) -> "ExtraMemory":
        self._done = threading.Event()
        self._start = self._peak = resident("VmRSS")
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self._peak = max(self._peak, resident("VmRSS"))

    @property
    def extra(self) -> float:
        """MiB above the start."""
        return self._peak - self._start


def measure_step(step: Callable[[], object], device: str) -> Figures:
    """Measure a step after one that is not measured.

    Args:
        step: Called three times.
        device: `cpu` (Linux only) or `cuda`.

    Raises:
        RuntimeError: If the system does not tell.
    """
    step()
    gc.collect()
    if device.startswith("cuda"):
        return _measure_on_gpu(step)
    if not _CLEAR.exists():
        raise RuntimeError(f"there is no {_CLEAR}: memory is measured on Linux.")
    # What the first step freed goes back to the system, and does not hide the second.
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text(_PEAK_ONLY, encoding="utf-8")
    rest = resident("VmRSS")
    step()
    extra = resident("VmHWM") - rest
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    step()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return {"rest": rest, "extra": extra, "faults": faults}


def resident(field: str) -> float:
    """MiB of a field of /proc/self/status: `VmRSS` is now, `VmHWM` the peak.

    Raises:
        RuntimeError: If the system does not report it; only Linux does.
    """
    status = Path("/proc/self/status")
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{status} has no {field}: memory is measured on Linux.")


def _measure_on_gpu(step: Callable[[], object]) -> Figures:
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    rest = torch.cuda.memory_allocated()
    step()
    torch.cuda.synchronize()
    extra = torch.cuda.max_memory_allocated() - rest
    return {"rest": rest / 2**20, "extra": extra / 2**20, "faults": 0}
