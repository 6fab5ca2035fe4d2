import json

import pytest

from solider_mm.evaluation.attribute.metric import attribute_scores
from solider_mm.evaluation.attribute.report import (
    attribute_report,
    format_attribute_report,
    read_attribute_report,
    write_attribute_report,
)


@pytest.fixture
def report():
    scores = attribute_scores(
        [[1, 0, 1], [0, 0, 1]], [[0.9, 0.9, 0.9], [0.1, 0.1, 0.9]]
    )
    return attribute_report(
        scores,
        ["Hat", "Skirt&Dress", "Trousers"],
        num_images=2,
        threshold=0.5,
        cross_entropy=1.25,
    )


def test_report_holds_percentages_and_counts(report):
    assert report["summary"]["mA"] == pytest.approx(100 * (1 + 0.25 + 0.5) / 3)
    hat, dress, _ = report["attributes"]
    assert (hat["mA"], hat["positives"], hat["negatives"]) == (100, 1, 1)
    assert (dress["false_positives"], dress["false_negatives"]) == (1, 0)


def test_formats_table(report):
    head, hat, dress, trousers, summary = format_attribute_report(report).splitlines()
    assert head.split() == [
        "attribute",
        "mA",
        "recall+",
        "recall-",
        "precision",
        "F1",
        "positives",
    ]
    assert hat.split() == ["Hat", *["100.00"] * 5, "1"]
    assert dress.endswith("0   no positives: mA counts half")
    assert trousers.endswith("2   no negatives: mA counts half")
    assert "mA 58.33" in summary
    assert "cross-entropy 1.2500  (2 images, threshold 0.5)" in summary


def test_formats_table_without_cross_entropy(report):
    assert "entropy" not in format_attribute_report({**report, "cross_entropy": None})


def test_writes_and_reads_report(tmp_path, report):
    path = write_attribute_report(report, tmp_path / "new" / "report.json")
    assert read_attribute_report(path) == report
    assert list(path.parent.iterdir()) == [path]


def test_refuses_other_files(tmp_path, report):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_attribute_report(tmp_path / "absent.json")
    path = tmp_path / "other.json"
    for text in (
        "{",
        "[]",
        '{"attributes": []}',
        json.dumps({**report, "summary": {}}),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match="is not an attribute report"):
            read_attribute_report(path)
