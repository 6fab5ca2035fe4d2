"""Memory that was used once is not faulted in again."""

import subprocess
import sys

import pytest

from solider_mm.engine.allocator import keep_freed_memory

PROGRAM = """
import resource, sys, torch
from solider_mm.engine.allocator import keep_freed_memory

def step():
    tensors = [torch.ones(4_000_000) for _ in range(8)]  # 16 MB each
    return sum(float(tensor[0]) for tensor in tensors)

torch.set_num_threads(1)
if sys.argv[1] == "keep" and not keep_freed_memory():
    print(-1)
    raise SystemExit
step()
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    command = [sys.executable, "-c", PROGRAM, how]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(out.stdout.split()[-1])


def test_pages_are_touched_once() -> None:
    kept = faults("keep")
    if kept < 0:
        pytest.skip("this C library has no mallopt")
    # 8 tensors of 16 MB are 31,250 pages. Some C libraries keep freed memory anyway.
    assert kept < 0.1 * 5 * 31_250
    assert kept <= faults("as it is")


def test_elsewhere_nothing_happens(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory() is False
