import importlib.util
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

TOOL = (
    Path(__file__).parents[3] / "tools" / "dataset_converters" / "convert_attributes.py"
)


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location(TOOL.stem, TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Attack:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (self.mark,)


def test_writes_and_tells(tool, tmp_path, capsys):
    source = tmp_path / "dataset.pkl"
    content = {
        "image_name": ["1.png", "2.png"],
        "label": np.array([[1, 0], [0, 1]]),
        "attr_name": ["hat", "bag"],
        "label_idx": {"eval": [1, 0]},
        "partition": {"trainval": [np.array([0])], "test": [np.array([1])]},
    }
    source.write_bytes(pickle.dumps(content))
    out = tmp_path / "zero_shot"
    assert tool.main([str(source), str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"reading {source}",
        "2 attributes: bag, hat",
        f"wrote {out / 'trainval.json'}: 1 images",
        f"wrote {out / 'test.json'}: 1 images",
    ]
    written = json.loads((out / "test.json").read_text())
    assert written["data_list"] == [{"img_path": "2.png", "gt_label": [0]}]


def test_runs_nothing_unless_told(tool, tmp_path, capsys):
    source, mark = tmp_path / "dataset.pkl", tmp_path / "mark"
    source.write_bytes(pickle.dumps(Attack(str(mark))))
    arguments = [str(source), str(tmp_path / "out")]
    with pytest.raises(SystemExit) as stop:
        tool.main(arguments)
    assert stop.value.code == 2
    assert "mkdir, which is not data" in capsys.readouterr().err
    assert not mark.exists()
    with pytest.raises(SystemExit):
        tool.main([*arguments, "--trust-pickle"])
    assert "has a NoneType" in capsys.readouterr().err
    assert mark.exists()


def test_help(tool, capsys):
    with pytest.raises(SystemExit) as stop:
        tool.main(["--help"])
    assert stop.value.code == 0
    assert "--trust-pickle" in capsys.readouterr().out
