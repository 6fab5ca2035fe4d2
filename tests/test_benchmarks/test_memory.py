"""Memory of a step, measured and reported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import crops, memory
from benchmarks.peak_memory import ExtraMemory

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20


# In its own process: the test process may keep freed memory.
PROGRAM = """
import json, torch
from benchmarks.peak_memory import measure_step

held = torch.ones(40 * 2**20 // 4)

def step():
    more = torch.ones(100 * 2**20 // 4)  # 100 MiB, freed at the end
    return more.sum() + held.sum()

print(json.dumps(measure_step(step, "cpu")))
"""


def test_peak_of_a_call_above_what_was_there():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["extra"] == pytest.approx(100, abs=10)
    assert figures["rest"] > 40
    assert figures["faults"] > 0


def test_extra_memory_while_something_runs():
    with ExtraMemory() as memory_used:
        block = torch.ones(100 * MIB // 4)
        torch.sort(block)  # takes longer than two looks
    assert memory_used.extra > 90


def figures(extra):
    return [{"rest": 500.0, "extra": extra + i, "faults": 7.0} for i in (-1, 0, 2)]


def test_rows_and_slopes_by_hand(monkeypatch, capsys):
    """Ours takes 10 + 5·B + B·V, the other twice as much."""

    def run_both(setting, args):
        batch, views = setting
        extra = 10 + 5 * batch + batch * views
        return {"ours": figures(extra), "reference": figures(2 * extra)}

    monkeypatch.setattr(memory, "run_both", run_both)
    assert memory.main(["--batches", "8", "4", "--local-views", "6", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = "8 6 98 (97 to 100) 196 (195 to 198) 2.00"
    cells += 2 * " 500 (500 to 500)" + 2 * " 7 (7 to 7)"
    assert " ".join(lines[4].split()) == cells
    assert [line.split()[:2] for line in lines[5:7]] == [["4", "6"], ["8", "2"]]
    assert lines[7] == "Per image: ours 11.0 MiB, other 22.0 MiB, ratio 2.00."
    assert lines[8] == (
        "Per local view of an image: ours 1.0 MiB, other 2.0 MiB, ratio 2.00."
    )


def test_processes_take_turns(monkeypatch):
    order = []
    monkeypatch.setattr(
        memory, "run_side", lambda side, *_: order.append(side[0]) or figures(1)[0]
    )
    memory.run_both((8, 8), memory.parse_args(["--repeats", "3"]))
    assert "".join(order) == "roorro"


@pytest.mark.parametrize("side", memory.SIDES)
def test_one_side_is_measured_here(side, monkeypatch, capsys):
    build = memory.build_solider
    nano = {"embed_dims": 8, "depths": (1, 2, 1, 1), "num_heads": (1, 2, 2, 4)}
    monkeypatch.setattr(crops, "NUM_PEOPLE", 4)
    monkeypatch.setattr(
        memory, "build_solider", lambda _, *args, **kw: build(nano, *args, **kw)
    )
    command = f"--only {side} --batches 4 --local-views 1 --prototypes 32"
    assert memory.main(command.split()) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(found) == {"rest", "extra", "faults"}
    assert found["extra"] > 0


@pytest.mark.slow
def test_sides_run_in_processes_of_their_own(capsys):
    command = "--batches 2 --local-views 0 --prototypes 32 --repeats 1 --threads 1"
    assert memory.main(command.split()) == 0
    row = capsys.readouterr().out.splitlines()[4].split()
    assert row[:2] == ["2", "0"]
    assert float(row[10]) > 0


def test_a_process_that_fails_says_why(monkeypatch):
    args = memory.parse_args(["--images", "no-such-folder", "--prototypes", "8"])
    with pytest.raises(RuntimeError, match="no-such-folder"):
        memory.run_side("ours", (2, 0), args)
