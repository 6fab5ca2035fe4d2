import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(root):
    def call(*arguments):
        return subprocess.run(
            [
                sys.executable,
                root / "tools/dataset_converters/convert_citypersons.py",
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(root)},
        )

    return call


def test_the_official_evaluation_file(run, golden_dir, tmp_path):
    out = tmp_path / "new/val_gt.json"
    done = run(golden_dir / "citypersons_anno_subset.mat", out, "--for", "evaluation")
    assert done.returncode == 0, done.stderr
    expected = json.loads((golden_dir / "citypersons_gt.json").read_text())
    assert json.loads(out.read_text()) == expected
    people = sum(not e["ignore"] for e in expected["annotations"])
    ignored = len(expected["annotations"]) - people
    assert f"150 images, {people} people, {ignored} ignored boxes" in done.stdout
    assert [p.name for p in out.parent.iterdir()] == ["val_gt.json"]


def test_the_training_file(run, golden_dir, tmp_path):
    out = tmp_path / "train.json"
    done = run(
        golden_dir / "citypersons_anno_subset.mat",
        *(out, "--for", "training", "--least-height", "80", "--size", "512", "1024"),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(out.read_text())
    assert content["images"][0]["height"] == 512
    kinds = json.loads((golden_dir / "citypersons_mr.json").read_text())
    for kind, entry in zip(kinds["class_labels"], content["annotations"], strict=True):
        assert entry["iscrowd"] == int(kind != 1 or entry["height"] < 80)


def test_a_missing_file_is_one_sentence(run, tmp_path):
    done = run(tmp_path / "anno_val.mat", tmp_path / "out.json", "--for", "training")
    assert done.returncode == 2
    assert done.stderr.startswith("FileNotFoundError: annotation file")
    assert not (tmp_path / "out.json").exists()
