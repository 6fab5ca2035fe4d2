import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

ROOT = Path(__file__).parents[3]
LEAF = (
    ROOT / "configs/human_pose/td-hm_solider-swin-nano_1xb32-bf16-20e_lspet-128x96.py"
)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location(
        "show_pose", ROOT / "tools" / "visualization" / "show_pose.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.full((150, 100, 3), 90, np.uint8)).save(path)
    return path


def painted(path, size):
    picture = np.asarray(Image.open(path))
    assert picture.shape == (*size, 3)
    return (np.abs(picture.astype(int) - 90).max(axis=2) > 30).sum()


def test_one_person_and_two(tool, photo, tmp_path, capsys):
    out = tmp_path / "out"
    words = [str(photo), "--config", str(LEAF), "--out", str(out), "--threshold", "-9"]
    assert tool.main(words) == 0
    said = capsys.readouterr()
    assert "the weights are random" in said.err
    assert "a.png: 1 person(s), " in said.out
    assert painted(out / "a.png", (150, 100)) > 20
    boxes = ["--box", "0", "0", "50", "150", "--box", "50", "0", "100", "150"]
    assert tool.main([*words, *boxes]) == 0
    assert "2 person(s)" in capsys.readouterr().out
    assert [p.name for p in out.iterdir()] == ["a.png"]  # no temporary file stays


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--box", "50", "0", "50", "9"], "expected X1 < X2 and Y1 < Y2"),
        (["--checkpoint", "nothing.pth"], "'nothing.pth', but there is no such file"),
    ],
)
def test_wrong_words(tool, photo, capsys, words, sentence):
    with pytest.raises(SystemExit) as stop:
        tool.main([str(photo), "--config", str(LEAF), *words])
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_refuses_unreadable_image(tool, tmp_path, capsys):
    (tmp_path / "b.jpg").write_bytes(b"no image")
    with pytest.raises(SystemExit):
        tool.main([str(tmp_path / "b.jpg"), "--config", str(LEAF)])
    said = capsys.readouterr().err
    assert "b.jpg is not a readable image" in said
    assert "0 readable images" in said


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
