"""The training step, timed whole and in parts."""

import time

import pytest
import torch

from benchmarks import crops, train_step
from benchmarks.part_times import PARTS, PartTimes

NANO = {"embed_dims": 8, "depths": (1, 2, 1, 1), "num_heads": (1, 2, 2, 4)}


@pytest.fixture
def small(monkeypatch):
    """A nano network, and few synthetic pedestrians."""
    build = train_step.build_solider
    monkeypatch.setattr(crops, "NUM_PEOPLE", 8)
    monkeypatch.setattr(
        train_step, "build_solider", lambda _, *args, **kw: build(NANO, *args, **kw)
    )


def test_prints_ratio_parts_and_conditions(small, document, capsys):
    command = "--batch 4 --local-views 2 --prototypes 32 --repeats 2 --part-times"
    command += f" --dtype bf16 --record --document {document}"
    assert train_step.main(command.split()) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    start = next(n for n, line in enumerate(lines) if line.startswith("part "))
    rows = lines[start + 1 : start + 2 + len(PARTS)]
    assert rows[0].startswith("whole step")
    for row, part in zip(rows[1:], PARTS, strict=True):
        assert row.startswith(part)
    note = lines[start + 2 + len(PARTS)]
    assert "λ = 1 for half of the images" in note
    shares = [int(word[:-1]) for word in note.split() if word.endswith("%")]
    assert all(0 < share <= 100 for share in shares)
    assert len(shares) == 2
    ours, reference = (float(w) for w in note.split() if w.startswith("3."))
    assert ours == pytest.approx(reference, abs=0.05)  # ln 32 = 3.47
    assert "<!-- benchmark: train_step -->" in document.read_text()


def test_prints_the_speed_in_operations(small, capsys):
    command = "--batch 4 --local-views 2 --prototypes 32 --repeats 2 --peak 0.5"
    assert train_step.main(command.split()) == 0
    (note,) = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("Ours:")
    ]
    images, teraflops, share = (
        float(word.rstrip("%")) for word in note.split() if word[0].isdigit()
    )
    assert images > 0
    assert share == pytest.approx(100 * teraflops / 0.5, abs=0.06, rel=0.02)


def test_half_precision_needs_a_gpu(capsys):
    with pytest.raises(SystemExit):
        train_step.main(["--dtype", "fp16"])
    assert "fp16 is for GPUs" in capsys.readouterr().err


class Nested:
    def outer(self):
        time.sleep(0.02)
        return self.inner()

    def inner(self):
        time.sleep(0.04)
        return 7


def test_a_part_does_not_count_the_parts_inside_it():
    times, owner = PartTimes("cpu"), Nested()
    times.watch(owner, "outer", "outside")
    times.watch(owner, "inner", "inside")
    for _ in range(2):
        times.start_round()
        assert owner.outer() == 7
    for seconds in times.of("outside"):
        assert 0.02 <= seconds < 0.04
    for seconds in times.of("inside"):
        assert 0.04 <= seconds < 0.06
    assert times.of("never") == [0.0, 0.0]


def test_a_module_is_watched_through_its_forward():
    times, layer = PartTimes("cpu"), torch.nn.Linear(2, 2)
    times.watch(layer, "forward", "layer")
    times.start_round()
    layer(torch.ones(1, 2))
    (seconds,) = times.of("layer")
    assert seconds > 0
