import importlib.util
import sys

import numpy as np
import pytest


@pytest.fixture
def benchmark(root):
    path = root / "tools/benchmarks/person_search_evaluation.py"
    spec = importlib.util.spec_from_file_location("person_search_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_overlap_by_hand(benchmark):
    a, b = np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])
    assert benchmark.overlap(a, b) == pytest.approx(1 / 3)


def test_both_sides_agree_and_the_ratio_is_told(benchmark, capsys, monkeypatch):
    arguments = "person_search_evaluation.py --frames 20 --queries 5 --people 8"
    monkeypatch.setattr(sys, "argv", [*arguments.split(), "--repeats", "2"])
    benchmark.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("on both sides")
    assert lines[-1].startswith("ratio ")


def test_one_repeat_is_refused(benchmark, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["x", "--repeats", "1"])
    with pytest.raises(SystemExit, match="at least 2"):
        benchmark.main()
