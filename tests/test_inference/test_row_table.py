import pytest

from solider_mm.inference.row_table import write_row_table

parquet = pytest.importorskip("pyarrow.parquet")


def test_rows_of_different_keys(tmp_path):
    rows = tmp_path / "predictions.jsonl"
    rows.write_text('{"a": 1, "b": {"x": 0.5}}\n{"a": 2, "b": {"y": 1.5}, "c": []}\n')
    table = parquet.read_table(write_row_table(rows)).to_pylist()
    assert table[1] == {"a": 2, "b": {"x": None, "y": 1.5}, "c": []}


def test_nobody_found_gives_no_table(tmp_path):
    rows = tmp_path / "predictions.jsonl"
    assert write_row_table(rows) is None
    rows.write_text("")
    assert write_row_table(rows) is None
    assert not rows.with_suffix(".parquet").exists()
