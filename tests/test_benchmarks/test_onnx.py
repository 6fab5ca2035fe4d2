"""Exported files, timed."""

import pytest

from benchmarks import onnx

pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")


def test_one_row_per_model_batch_and_number_of_threads(capsys):
    command = "--models reid-nano --batches 1 2 --threads 1 --repeats 2"
    assert onnx.main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split()[:3] for line in lines if line.startswith("reid-nano ")]
    assert rows == [["reid-nano", "1", "1"], ["reid-nano", "2", "1"]]
