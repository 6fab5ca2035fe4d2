"""`python -m solider_mm`, as a user calls it."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

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


def test_several_semantic_weights_are_compared(crops, tmp_path):
    out = tmp_path / "out"
    words = ["parts", str(crops), "--out", str(out), "--semantic-weight", "0", "0.5"]
    assert command_line.main(words) == 0
    names = {path.name for path in out.iterdir()}
    assert names == {"panel.png", "semantic_weight_0", "semantic_weight_0.5"}
    for folder, weight in (("semantic_weight_0", 0), ("semantic_weight_0.5", 0.5)):
        lines = (out / folder / "predictions.jsonl").read_text().splitlines()
        assert {json.loads(line)["semantic_weight"] for line in lines} == {weight}
    cells = 1 + 3 * 2
    assert Image.open(out / "panel.png").width % (cells * (96 + 6) + 6) == 0


def test_rows_as_parquet(crops, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out"
    words = ["attributes", str(crops), "--out", str(out), "--parquet", "--no-pictures"]
    assert command_line.main(words) == 0
    rows = parquet.read_table(out / "predictions.parquet").to_pylist()
    lines = (out / "predictions.jsonl").read_text().splitlines()
    assert rows == [json.loads(line) for line in lines]
    assert {path.suffix for path in out.iterdir()} == {".jsonl", ".parquet"}


def test_reid_names_the_nearest_by_folder(crops, tmp_path, capsys):
    gallery = tmp_path / "gallery"
    for path in crops.glob("*.jpg"):
        folder = gallery / f"person {path.name[:4]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    words = ["reid", str(crops), "--gallery", str(gallery), "--topk", "2", "--json"]
    words += ["--save-gallery", str(tmp_path / "g.safetensors")]
    assert command_line.main([*words, "--out", str(tmp_path / "out")]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    for row in rows:
        first = row["matches"][0]
        assert list(first) == ["rank", "identity", "name", "source", "similarity"]
        assert first["identity"] == f"person {row['name'][:4]}"
        assert first["similarity"] == pytest.approx(1, abs=1e-5)
        assert len(row["matches"]) == 2
    again = ["reid", str(crops), "--gallery", str(tmp_path / "g.safetensors"), "--json"]
    assert command_line.main([*again, "--out", str(tmp_path / "o")]) == 0
    loaded = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [r["matches"][0]["name"] for r in loaded] == [
        r["matches"][0]["name"] for r in rows
    ]


@pytest.mark.parametrize("suffix", ["safetensors", "parquet"])
def test_gallery_of_another_model_is_refused(crops, tmp_path, capsys, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    words = ["features", str(crops), "--out", str(tmp_path), "--format", suffix]
    assert command_line.main(words) == 0
    file = str(tmp_path / f"features.{suffix}")
    with pytest.raises(SystemExit):
        command_line.main(
            ["reid", str(crops), "--gallery", file, "--out", str(tmp_path / "o")]
        )
    assert "the gallery holds features of the model 'feat" in capsys.readouterr().err


def test_an_image_is_no_match_of_itself(crops, tmp_path, capsys):
    words = ["reid", str(crops), "--out", str(tmp_path / "out"), "--json"]
    assert command_line.main(words) == 0
    for line in capsys.readouterr().out.splitlines():
        row = json.loads(line)
        assert row["name"] not in [match["name"] for match in row["matches"]]
        assert [match["rank"] for match in row["matches"]] == [1, 2, 3]


def test_boxes_cut_people_out(crops, tmp_path, capsys):
    image = next(iter(crops.glob("*.jpg")))
    words = ["reid", str(image), "--out", str(tmp_path), "--json"]
    words += ["--box", "0", "0", "32", "128", "--box", "5", "5", "60", "100"]
    assert command_line.main(words) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["box"] for row in rows] == [[0, 0, 32, 128], [5, 5, 60, 100]]
    assert [row["name"] for row in rows] == [f"{image.stem}/0", f"{image.stem}/1"]
    assert (tmp_path / "pictures" / image.stem / "1.png").is_file()


def test_interruption_keeps_the_results(crops, tmp_path, monkeypatch, capsys):
    def stop(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "run", stop)
    words = ["features", str(crops), "--out", str(tmp_path)]
    assert command_line.main(words) == command_line.INTERRUPTED_EXIT_CODE
    assert "stopped: the results so far" in capsys.readouterr().err


def test_skipped_image_shows_in_the_exit_code(crops, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(b"x")
    words = ["features", str(crops), str(tmp_path / "broken.png")]
    words += ["--out", str(tmp_path / "out"), "--semantic-weight", "0"]
    assert command_line.main(words) == command_line.SKIPPED_EXIT_CODE
    assert "broken.png" in capsys.readouterr().err


def test_models_are_listed(capsys):
    assert command_line.main(["models", "--for", "reid"]) == 0
    lines = capsys.readouterr().out.splitlines()
    has_weights = ["no weights published" not in line for line in lines]
    assert has_weights[0] and has_weights == sorted(has_weights, reverse=True)
    assert all(line.startswith("reid_") for line in lines)
    assert all("λ = 0.2" in line for line in lines)


def test_errors_are_one_line(root, crops, tmp_path):
    words = ["features", crops, "--out", tmp_path / "o", "--semantic-weight", 2]
    done = call(root, *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--semantic-weight is 2" in done.stderr.splitlines()[-2]


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
