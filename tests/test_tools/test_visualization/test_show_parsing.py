import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

ROOT = Path(__file__).parents[3]
LEAF = (
    ROOT / "configs/human_parsing/ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88.py"
)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location(
        "show_parsing", ROOT / "tools" / "visualization" / "show_parsing.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.full((400, 261, 3), 90, np.uint8)).save(path)
    return path


@pytest.mark.parametrize("views", [[], ["--all-views"]])
def test_one_picture_for_a_photo(tool, photo, tmp_path, capsys, views):
    out = tmp_path / "out"
    words = [str(photo), "--config", str(LEAF), "--out", str(out), *views]
    assert tool.main(words) == 0
    said = capsys.readouterr()
    assert "the weights are random" in said.err
    assert "a.png: " in said.out
    picture = np.asarray(Image.open(out / "a.png"))
    assert picture.shape[0] == 400
    assert picture.shape[1] > 261  # the legend
    assert [p.name for p in out.iterdir()] == ["a.png"]  # no temporary file stays


def test_refuses_missing_checkpoint(tool, photo, capsys):
    words = ["--config", str(LEAF), "--checkpoint", "nothing.pth"]
    with pytest.raises(SystemExit) as stop:
        tool.main([str(photo), *words])
    assert stop.value.code == 2
    assert "'nothing.pth', but there is no such file" in capsys.readouterr().err


def test_a_checkpoint_without_names_gives_numbers(tool, photo, tmp_path, capsys):
    args = tool.parse_args([str(photo), "--config", str(LEAF)])
    weights = tool.load_model(args, "cpu").state_dict()
    torch.save({"state_dict": weights, "meta": {}}, tmp_path / "bare.pth")
    words = ["--config", str(LEAF), "--checkpoint", str(tmp_path / "bare.pth")]
    assert tool.main([str(photo), *words, "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "a.png").is_file()


def test_refuses_a_backbone_checkpoint(tool, photo, tmp_path, capsys):
    args = tool.parse_args([str(photo), "--config", str(LEAF)])
    weights = tool.load_model(args, "cpu").backbone.state_dict()
    state = {f"backbone.{name}": value for name, value in weights.items()}
    torch.save({"state_dict": state, "meta": {}}, tmp_path / "backbone.pth")
    words = ["--config", str(LEAF), "--checkpoint", str(tmp_path / "backbone.pth")]
    with pytest.raises(SystemExit) as stop:
        tool.main([str(photo), *words, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert "backbone.pth lacks" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
