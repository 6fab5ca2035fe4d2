"""Wrong words are refused before torch is imported."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from solider_mm.commands.checks import check_arguments
from solider_mm.commands.options import CLASSES, parse_args


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 16)).save(path)
    return str(path)


def check(*words):
    check_arguments(parse_args([*map(str, words), "--out", "out"]))


@pytest.mark.parametrize("task", CLASSES)
def test_defaults_are_accepted(task, image):
    check(task, image)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["features", "--semantic-weight", "2"], r"--semantic-weight is 2, expected λ"),
        (["features", "--semantic-weight", "nan"], "--semantic-weight is nan"),
        (["parts", "--semantic-weight", "0", "-1"], "--semantic-weight is -1"),
        (["attributes", "--threshold", "7"], r"--threshold is 7, expected a number in"),
        (["detect", "--score-threshold", "-1"], "--score-threshold is -1"),
        (["reid", "--topk", "0"], "--topk is 0, expected at least 1"),
        (["reid", "--batch-size", "0"], "--batch-size is 0"),
        (["pose", "--frame-step", "0"], "--frame-step is 0"),
        (["pose", "--start", "3", "--end", "2"], "--start is 3 s and --end 2 s"),
        (["pose", "--box", "9", "0", "2", "5"], "--box is 9 0 2 5, expected X1 < X2"),
        (["search", "--box", "9", "0", "2", "5"], "--box is 9 0 2 5, expected X1 < X2"),
        (["reid", "--model", "reid_solider-swin-nana"], r"did you mean .*reid_solider"),
        (["pose", "--detect", "no_such_detector"], "no model is called 'no_such_det"),
        (["reid", "--model", "none.py"], r"no config at none\.py"),
        (["reid", "--weights", "none.pth"], r"no checkpoint at none\.pth"),
        (["reid", "--gallery", "none"], "none does not exist and matches nothing"),
        (["reid", "nowhere.jpg"], r"nowhere\.jpg does not exist and matches nothing"),
        (["search", "--in", "nowhere"], "the person to find as --query IMAGE"),
    ],
)
def test_wrong_words(words, message, image):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        check(words[0], image, *words[1:])


def test_missing_inputs(image, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no image and no video"):
        check("features", tmp_path / "empty")
    with pytest.raises(ValueError, match="no input was given"):
        check("search")
    with pytest.raises(ValueError, match="nothing to search"):
        check("search", "--query", image)


def test_out_is_a_folder(image):
    args = parse_args(["features", image, "--out", f"{image}/out"])
    with pytest.raises(NotADirectoryError, match=r"a\.png is a file: give a folder"):
        check_arguments(args)


def test_urls_and_webcams_are_not_looked_up():
    check("features", "http://127.0.0.1/a.jpg", "webcam:0")


@pytest.mark.parametrize(
    "words", [["features", "--semantic-weight", "2"], ["models", "--for", "reid"]]
)
def test_answers_at_once(words, image, root, tmp_path):
    more = [] if words[0] == "models" else [image, "--out", str(tmp_path / "out")]
    command = [sys.executable, "-X", "importtime", "-m", "solider_mm", *words, *more]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if words[0] == "models" else 2)
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "solider_mm.commands.checks" in imported
    assert not imported & {"torch", "mmengine", "numpy", "PIL"}
