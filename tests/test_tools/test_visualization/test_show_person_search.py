import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TOOL = Path(__file__).parents[3] / "tools" / "visualization" / "show_person_search.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location(TOOL.stem, TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_plots_search_file(tool, tmp_path, capsys):
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(tmp_path / "a.png")
    entry = dict(img_path="a.png", box=[5, 5, 15, 35], camera_id=0)
    match = dict(entry, score=0.9, similarity=0.5, is_match=True)
    query = dict(entry, person_id=1, average_precision=1.0, gallery=[match])
    file, out = tmp_path / "search.json", tmp_path / "out" / "panel.png"
    file.write_text(json.dumps(dict(mAP=1.0, protocol="TestG50", queries=[query])))
    assert tool.main([str(file), "--out", str(out), "--root", str(tmp_path)]) == 0
    assert "1 of 1 queries" in capsys.readouterr().out
    with Image.open(out) as picture:
        assert min(picture.size) > 100


def test_refuses_file_of_another_task(tool, tmp_path, capsys):
    file = tmp_path / "ranking.json"
    file.write_text(json.dumps(dict(mAP=1.0, cmc=[1.0], queries=[])))
    with pytest.raises(SystemExit) as stop:
        tool.main([str(file)])
    assert stop.value.code == 2
    assert "no entry 'protocol'" in capsys.readouterr().err
