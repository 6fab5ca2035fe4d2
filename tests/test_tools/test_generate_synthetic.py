import importlib.util
from pathlib import Path

import pytest
from PIL import Image

from solider_mm.synthetic import BACKGROUNDS, WRITERS

TOOL = Path(__file__).parents[2] / "tools" / "generate_synthetic.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("generate_synthetic", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_writes_a_layout(tool, tmp_path, capsys):
    out = tmp_path / "lip"
    options = ["--num-train", "2", "--num-val", "1", "--size", "48", "24", "--quiet"]
    arguments = ["--layout", "lip", "--out", str(out), *options]
    assert tool.main(arguments) == 0
    assert len(list((out / "train_images").iterdir())) == 2
    assert capsys.readouterr().out == f"lip: {out}\n"
    assert tool.main(arguments) == 0
    with pytest.raises(SystemExit):
        tool.main([*arguments, "--seed", "1"])
    assert "choose another folder" in capsys.readouterr().err


def test_every_layout_knows_its_options(tool):
    given = {
        "--num-identities": 3,
        "--num-test-identities": 2,
        "--shots": 2,
        "--num-train": 2,
        "--num-val": 2,
        "--num-test": 2,
        "--num-people": 2,
        "--num-cameras": 2,
    }
    words = [word for pair in given.items() for word in map(str, pair)]
    args = tool.parse_args(["--layout", "all", "--out", "x", *words])
    assert set(tool.OPTIONS) == set(WRITERS)
    for layout, writer in WRITERS.items():
        settings = tool.settings_for(layout, args)
        assert settings.keys() <= writer.__kwdefaults__.keys()


def test_writes_all_layouts(tool, tmp_path):
    counts = ["--num-identities", "2", "--num-test-identities", "2", "--shots", "1"]
    counts += ["--num-train", "2", "--num-val", "1", "--num-test", "2"]
    counts += ["--num-people", "2", "--num-cameras", "2", "--size", "96", "64"]
    out = tmp_path / "all"
    assert tool.main(["--layout", "all", "--out", str(out), "--quiet", *counts]) == 0
    assert {path.name for path in out.iterdir()} == set(WRITERS)
    assert all((path / "synthetic.json").is_file() for path in out.iterdir())


def test_preview(tool, tmp_path):
    picture = tmp_path / "sheets" / "preview.png"
    assert tool.main(["--preview", str(picture)]) == 0
    assert Image.open(picture).size == (4 * 4 * 128, 6 * 256)


@pytest.mark.parametrize("arguments", [[], ["--layout", "lip"]])
def test_incomplete_command(tool, arguments, capsys):
    with pytest.raises(SystemExit):
        tool.parse_args(arguments)
    assert "--out" in capsys.readouterr().err


def test_bad_count_is_reported_in_one_line(tool, tmp_path, capsys):
    out = str(tmp_path / "x")
    with pytest.raises(SystemExit) as stop:
        tool.main(["--layout", "lip", "--out", out, "--num-train", "0"])
    assert stop.value.code == 2
    assert "ValueError: num_train is 0: expected 1 or larger" in capsys.readouterr().err


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_background_is_an_option(tool, background):
    words = ["--layout", "market1501", "--out", "x", "--background", background]
    assert tool.parse_args(words).background == background
