import importlib.util
import json
import sys

import pytest


@pytest.fixture
def benchmark(root):
    path = root / "tools/benchmarks/citypersons_evaluation.py"
    spec = importlib.util.spec_from_file_location("citypersons_evaluation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_times_and_compares(benchmark, capsys, monkeypatch):
    arguments = "benchmark --images 8 --people 3 --detections 4 --repeats 2"
    monkeypatch.setattr(sys, "argv", arguments.split())
    assert benchmark.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("8 images, ")
    assert "ratio" in lines[1]


def test_the_loop_agrees_with_the_golden_numbers(benchmark, shared):
    cases = json.loads((shared / "golden/citypersons_edge_cases.json").read_text())
    for case in cases:
        for expected, setup in zip(case["expected"], benchmark.SETUPS, strict=True):
            got = benchmark.loop_miss_rate(case["gt"], case["dt"], setup)
            assert got == pytest.approx(expected["miss_rate"], abs=1e-9), case["name"]


def test_half_of_the_files_is_refused(benchmark, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmark", "--gt", "val_gt.json"])
    with pytest.raises(SystemExit):
        benchmark.main()
    assert "give both --gt and --dt" in capsys.readouterr().err
