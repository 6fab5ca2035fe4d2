"""`python -m solider_mm`, as a user calls it."""

import json
import os
import subprocess
import sys

import pytest

from solider_mm import __main__ as command_line
from solider_mm.synthetic import write_market1501


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crops") / "synthetic"
    write_market1501(
        folder,
        num_identities=2,
        num_test_identities=2,
        shots_per_camera=1,
        num_cameras=2,
        show_progress=False,
    )
    return folder / "query"


def call(root, *words):
    return subprocess.run(
        [sys.executable, "-m", "solider_mm", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_features_of_a_folder(crops, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["features", str(crops), "--out", str(out), "--semantic-weight", "0.2"]
    assert command_line.main(words) == 0
    rows = (out / "features.jsonl").read_text().splitlines()
    assert len(rows) == len(list(crops.glob("*.jpg")))
    assert (out / "features.safetensors").is_file()
    assert not capsys.readouterr().out


def test_parts_with_masks_and_json(crops, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["parts", str(crops), "--out", str(out)]
    assert command_line.main([*words, "--json", "--num-parts", "4"]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert {row["semantic_weight"] for row in rows} == {1.0}
    assert {max(map(max, row["token_labels"])) for row in rows} <= {0, 1, 2, 3, 4}
    assert len(list((out / "masks").glob("*.png"))) == len(rows)
    assert len(list((out / "pictures").glob("*.png"))) == len(rows)


def test_skipped_image_shows_in_the_exit_code(crops, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(b"x")
    words = ["features", str(crops), str(tmp_path / "broken.png")]
    words += ["--out", str(tmp_path / "out"), "--semantic-weight", "0"]
    assert command_line.main(words) == command_line.SKIPPED_EXIT_CODE
    assert "broken.png" in capsys.readouterr().err


def test_models_are_listed(capsys):
    assert command_line.main(["models", "--for", "reid"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("nano" in line for line in lines)
    assert all(line.startswith("reid_") for line in lines)
    assert all("λ = 0.2" in line for line in lines)


@pytest.mark.slow
def test_errors_are_one_line(root, crops, tmp_path):
    words = ["features", crops, "--out", tmp_path / "o", "--semantic-weight", 2]
    done = call(root, *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "semantic_weight" in done.stderr.splitlines()[-2]


@pytest.mark.slow
def test_help_imports_nothing_heavy(root):
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-m",
            "solider_mm",
            "features",
            "-h",
        ],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "--semantic-weight" in done.stdout
    assert "| torch\n" not in done.stderr
