"""Evaluation against plain loops; the loops against the golden numbers."""

import json

import numpy as np
import pytest

from benchmarks import evaluation
from benchmarks.reference.miss_rate import loop_miss_rate
from benchmarks.reference.person_search import loop_mean_ap, overlap
from benchmarks.synthetic_results import read_frames
from solider_mm.evaluation.citypersons.scores import SETTINGS

SMALL = {
    "reid": "--queries 40 --gallery 900 --channels 8 --rerank-size 5 40",
    "citypersons": "--images 8 --people 3 --detections 4",
    "person_search": "--frames 20 --queries 5 --people 8",
}


@pytest.mark.parametrize("subject", SMALL)
def test_prints_and_records_the_ratio(subject, document, capsys):
    command = f"{subject} {SMALL[subject]} --repeats 2 --document {document} --record"
    assert evaluation.main(command.split()) == 0
    out = capsys.readouterr().out
    assert "at most" in out
    assert f"recorded as 'evaluation {subject}'" in out
    command = f"python benchmarks/evaluation.py {subject} {SMALL[subject]}"
    assert command in document.read_text()


def test_sides_that_disagree_stop_the_benchmark(monkeypatch):
    monkeypatch.setattr(evaluation, "loop_mean_ap", lambda *_: 0.5)
    command = f"person_search {SMALL['person_search']}"
    with pytest.raises(SystemExit, match="the two sides are"):
        evaluation.main(command.split())


def test_miss_rates_of_the_loop_are_golden(golden_dir):
    cases = json.loads((golden_dir / "citypersons_edge_cases.json").read_text())
    for case in cases:
        for expected, setting in zip(case["expected"], SETTINGS, strict=True):
            got = loop_miss_rate(case["gt"], case["dt"], setting)
            assert got == pytest.approx(expected["miss_rate"], abs=1e-9), case["name"]


def test_mean_ap_of_the_loop_is_golden(golden_dir):
    frames, queries = read_frames(golden_dir)
    table = json.loads((golden_dir / "person_search_metrics.json").read_text())
    expected = table["prw"]["expected"]["search"]["all_cameras_default_nocbgm"]["mAP"]
    assert loop_mean_ap(frames, queries) == pytest.approx(expected, abs=1e-6)


def test_overlap_by_hand():
    a, b = np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])
    assert overlap(a, b) == pytest.approx(1 / 3)


def test_half_of_the_files_is_refused(capsys):
    with pytest.raises(SystemExit):
        evaluation.main(["citypersons", "--gt", "val_gt.json"])
    assert "give both --gt and --dt" in capsys.readouterr().err


def test_a_subject_is_needed(capsys):
    with pytest.raises(SystemExit):
        evaluation.main([])
    assert "subject" in capsys.readouterr().err
