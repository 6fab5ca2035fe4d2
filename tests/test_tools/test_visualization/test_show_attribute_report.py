import importlib.util
from pathlib import Path

import pytest

from solider_mm.evaluation.attribute.metric import attribute_scores
from solider_mm.evaluation.attribute.report import (
    attribute_report,
    write_attribute_report,
)

TOOL = (
    Path(__file__).parents[3] / "tools" / "visualization" / "show_attribute_report.py"
)


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location(TOOL.stem, TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_prints_table_and_writes_chart(tool, tmp_path, capsys):
    scores = attribute_scores([[1], [0]], [[0.9], [0.9]])
    report = attribute_report(scores, ["Hat"], num_images=2, threshold=0.5)
    path = write_attribute_report(report, tmp_path / "report.json")
    assert tool.main([str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["Hat", "50.00"]
    assert lines[-1] == str(tmp_path / "report.png")
    assert (tmp_path / "report.png").is_file()


def test_refuses_missing_file(tool, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        tool.main([str(tmp_path / "absent.json")])
    assert stop.value.code == 2
    assert "does not exist" in capsys.readouterr().err
