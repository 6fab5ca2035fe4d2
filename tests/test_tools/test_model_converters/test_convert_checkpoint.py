import os
import subprocess
import sys

import pytest
import torch

from solider_mm.checkpoints import read_checkpoint
from solider_mm.models.backbones import SOLIDERSwin


@pytest.fixture
def run(root):
    def call(*arguments):
        return subprocess.run(
            [
                sys.executable,
                root / "tools/model_converters/convert_checkpoint.py",
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(root)},
        )

    return call


@pytest.fixture
def file(tmp_path):
    arch = {"embed_dims": 8, "depths": (1, 1), "num_heads": (1, 2)}
    weights = SOLIDERSwin(arch=arch, strides=(4, 2), out_indices=(1,)).state_dict()
    weights = {f"teacher.backbone.{key}": value for key, value in weights.items()}
    torch.save({"state_dict": weights}, tmp_path / "ours.pth")
    return tmp_path / "ours.pth"


def test_describes(run, file):
    done = run(file, "--inspect")
    assert done.returncode == 0, done.stderr
    assert "format: pretraining checkpoint of this package" in done.stdout
    assert "arch: custom: embed_dims 8, depths (1, 1)" in done.stdout
    assert "type of numbers: float32" in done.stdout
    assert "task: pretraining, for any downstream task" in done.stdout


def test_converts(run, file, tmp_path):
    done = run(file, tmp_path / "theirs.pth", "--to", "official")
    assert done.returncode == 0, done.stderr
    assert read_checkpoint(tmp_path / "theirs.pth").layout == "official"


def test_says_what_is_wrong(run, tmp_path, file):
    done = run(tmp_path / "gone.pth", "--inspect")
    assert done.returncode == 2
    assert done.stderr.startswith("FileNotFoundError: no checkpoint at")
    assert "give OUT and --to" in run(file).stderr
    assert "writes nothing" in run(file, "--inspect", "--to", "official").stderr
