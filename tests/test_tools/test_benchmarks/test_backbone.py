import importlib.util
import sys

import pytest


@pytest.fixture
def benchmark(root):
    path = root / "tools/benchmarks/backbone.py"
    spec = importlib.util.spec_from_file_location("backbone_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_order_turns_round_every_time(benchmark):
    order = []
    passes = (lambda: order.append("a"), lambda: order.append("b"))
    times = benchmark.alternate(passes, 3, "cpu")
    assert "".join(order) == "baab" + "baabba"
    assert [len(each) for each in times] == [3, 3]


def test_the_ratio_is_the_median_of_pairs(benchmark):
    line = benchmark.summary([1.0, 2.0, 4.0], [2.0, 3.0, 4.0])
    assert line.split() == ["2000.0", "±", "1500.0", "3000.0", "±", "1000.0", "1.50"]


def test_one_line_per_size_and_dtype(benchmark, capsys, monkeypatch):
    arguments = "backbone.py --batch 1 --repeats 2 --sizes 32x32 --dtypes fp32"
    monkeypatch.setattr(sys, "argv", [*arguments.split(), "--forward-only"])
    benchmark.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].split()[:2] == ["32x32", "fp32"]
