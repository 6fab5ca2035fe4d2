"""The harness of all benchmarks."""

import argparse
import time

import pytest
import torch

from benchmarks import side_by_side
from benchmarks.side_by_side import (
    add_options,
    alternate,
    autocast,
    compare,
    prepared,
    ratios,
    spread,
)


def test_the_order_turns_round_every_time():
    order = []
    calls = {
        "a": lambda number: order.append(f"a{number}"),
        "b": lambda number: order.append(f"b{number}"),
    }
    times = alternate(calls, 3)
    expected = "b-2 a-2 a-1 b-1 b0 a0 a1 b1 b2 a2"
    assert " ".join(order) == expected
    assert [len(each) for each in times.values()] == [3, 3]


def test_seconds_are_those_of_the_call():
    times = alternate({"a": lambda _: time.sleep(0.02), "b": lambda _: None}, 2)
    assert min(times["a"]) >= 0.02
    assert max(times["b"]) < 0.02


def test_a_gpu_is_waited_for_before_the_clock_is_read(monkeypatch):
    seen = []
    monkeypatch.setattr(torch.cuda, "synchronize", seen.append)
    alternate({"a": lambda _: seen.append("run")}, 1, device="cuda:0", warmup=0)
    assert seen == ["cuda:0", "run", "cuda:0"]


def test_ratio_is_the_median_of_pairs_with_its_range():
    ours, other = [1.0, 2.0, 4.0], [2.0, 3.0, 4.0]
    assert ratios(ours, other) == [2.0, 1.5, 1.0]
    cells = compare(ours, other)
    assert cells == (
        "2000 (1500 to 3000)",
        "3000 (2500 to 3500)",
        "1.50 (1.00 to 2.00)",
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ([0.1, 0.2, 0.3], "200 (150 to 250)"),
        ([0.01, 0.02], "15.0 (12.5 to 17.5)"),
        ([0.001, 0.002, 0.004], "2.00 (1.50 to 3.00)"),
    ],
)
def test_spread_has_three_digits(seconds, text):
    assert spread(seconds) == text


def read(*argv, **defaults):
    parser = argparse.ArgumentParser()
    add_options(parser, "--repeats", "--threads", "--record", **defaults)
    return parser.parse_args(argv)


def test_options_with_defaults_of_a_benchmark():
    assert read().repeats == 9
    assert read(repeats=3).repeats == 3
    assert read().record is None
    assert read("--record").record == ""
    assert read("--record", "on-gpu").record == "on-gpu"
    assert not hasattr(read(), "device")


def test_threads_are_held_and_given_back():
    before = torch.get_num_threads()
    with prepared(read("--threads", "2")):
        assert torch.get_num_threads() == 2
        sampled = torch.rand(1)
    assert torch.get_num_threads() == before
    with prepared(read()):
        assert torch.equal(torch.rand(1), sampled)


def test_one_repeat_is_refused():
    with (
        pytest.raises(SystemExit, match="--repeats 1: expected at least 2"),
        prepared(read("--repeats", "1")),
    ):
        pass


@pytest.mark.parametrize(
    ("dtype", "expected"), [("fp32", torch.float32), ("bf16", torch.bfloat16)]
)
def test_types(dtype, expected):
    with autocast("cpu", dtype):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is expected
    assert set(side_by_side.DTYPES) == {"fp32", "bf16", "fp16"}
