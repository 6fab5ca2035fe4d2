"""The metafiles and model-index.yml follow from the configs."""

import importlib.util
import shutil
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool():
    path = ROOT / "tools" / "write_model_index.py"
    spec = importlib.util.spec_from_file_location("write_model_index", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.host("mmdet")
def test_committed_files_are_up_to_date(tool, capsys):
    pytest.importorskip("mmdet")
    assert tool.main(["--check"]) == 0, capsys.readouterr().out


def test_a_new_task_enters_by_its_folder(tool, tmp_path):
    configs = tmp_path / "configs"
    shutil.copytree(ROOT / "configs" / "_base_", configs / "_base_")
    name = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_market1501-64x32"
    (configs / "gait").mkdir()
    shutil.copy(ROOT / "configs" / "reid" / f"{name}.py", configs / "gait")
    collection = {"Collections": [{"Name": "SOLIDER-Gait"}]}
    (configs / "gait" / "metafile.yml").write_text(yaml.safe_dump(collection))
    assert tool.main(["--root", str(tmp_path), "--check"]) == 1
    assert not (tmp_path / "model-index.yml").exists()
    assert tool.main(["--root", str(tmp_path)]) == 0
    index = yaml.safe_load((tmp_path / "model-index.yml").read_text())
    assert index == {"Import": ["configs/gait/metafile.yml"]}
    (entry,) = yaml.safe_load((configs / "gait" / "metafile.yml").read_text())["Models"]
    assert entry["Name"] == name
    assert entry["Metadata"] == {
        "Training Data": "market1501",
        "Task": "gait",
        "Architecture Size": "nano",
        "Input Size": "64x32",
        "Semantic Weight": 0.2,
        "Mean": [127.5, 127.5, 127.5],
        "Std": [127.5, 127.5, 127.5],
    }
    assert tool.main(["--root", str(tmp_path), "--check"]) == 0
