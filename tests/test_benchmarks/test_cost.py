"""What pretraining would cost, calculated."""

import pytest

from benchmarks import cost
from benchmarks.report import Report


def row_of(arch, capsys):
    lines = capsys.readouterr().out.splitlines()
    return [line.split() for line in lines if line.startswith(arch)]


def test_days_and_dollars_by_hand(capsys, monkeypatch):
    monkeypatch.setattr(cost, "count", lambda *_: (100.0, 200.0, 400.0))
    monkeypatch.setattr(cost, "KINDS", {"X1": cost.Gpu(100.0, 2.0)})
    assert cost.main(["--utilization", "0.5", "--batch", "1"]) == 0
    (row,) = row_of("tiny", capsys)
    # 50 TFLOP/s: 500 and 250 images/s; 4.18e6 · (100 / 500 + 10 / 250) / 8 seconds
    days = 4.18e6 * (100 / 500 + 10 / 250) / 8 / 86400
    assert row[:4] == ["tiny", "100.0", "200.0", "400.0"]
    assert row[4:8] == ["8×X1", "at", "50%", "500"]
    assert float(row[-2]) == pytest.approx(days, abs=0.005)
    assert float(row[-1]) == pytest.approx(days * 24 * 8 * 2, abs=0.5)


def test_a_measured_speed_replaces_the_assumption(capsys):
    args = cost.parse_args(["--images-per-second", "1000"])
    report = Report("cost", "x", [str(i) for i in range(8)])
    cost.add(report, list("abcd"), (1.0, 2.0), ("X1", cost.Gpu(1, 1.0), 0.2), args)
    assert list(report.rows[-1][4:6]) == ["8×X1", "1000 / 1000"]
    assert "1000 images/s per GPU as given" in cost.assumptions(args)


@pytest.mark.slow
def test_ours_does_less_than_the_reference(capsys):
    assert cost.main(["--batch", "2", "--threads", "1"]) == 0
    row, *_ = row_of("tiny", capsys)
    dino, solider, literal = map(float, row[1:4])
    assert 70 < dino < solider < 0.7 * literal
