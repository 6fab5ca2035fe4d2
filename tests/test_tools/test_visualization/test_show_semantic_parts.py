import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
CONFIG = """
global_size = (64, 32)
arch = dict(embed_dims=16, depths=(1, 1, 1, 1), num_heads=(1, 2, 4, 8))
model = dict(
    backbone=dict(type='SOLIDERSwin', arch=arch, strides=(4, 2, 1, 1)),
    target_generator=dict(type='SemanticClusterer', num_parts=3, num_restarts=2))
"""


def run(*arguments):
    return subprocess.run(
        [
            sys.executable,
            ROOT / "tools" / "visualization" / "show_semantic_parts.py",
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(3):
        picture = np.full((60, 30, 3), 40, np.uint8)
        picture[10:50, 8:22] = rng.integers(100, 256, 3)
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.jpg").write_bytes(b"broken")
    (tmp_path / "leaf.py").write_text(CONFIG)
    return tmp_path


@pytest.mark.slow
def test_folder_to_panel(folder):
    out = folder / "out" / "panel.png"
    done = run(
        folder, "--config", folder / "leaf.py", "--semantic-weight", "1", "0.2",
        "--num-parts", "2", "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(out)
    assert "the weights are random" in done.stdout
    assert "skipped: " in done.stderr
    assert "broken.jpg is not a readable image" in done.stderr
    assert "6/6" in done.stderr  # the progress bar: three images, two λ
    panel = np.asarray(Image.open(out))
    cells = 1 + 3 * 2
    assert panel.shape[1] % (cells * (96 + 6) + 6) == 0


@pytest.mark.slow
def test_wrong_use_is_one_sentence(folder):
    done = run(folder / "absent.png")
    assert done.returncode == 2
    assert done.stderr.startswith("FileNotFoundError: ")
    assert "absent.png does not exist" in done.stderr
    done = run(folder, "--config", folder / "leaf.py", "--semantic-weight", "1.5")
    assert done.returncode == 2
    assert "1.5" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_help_is_quick_and_complete():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--checkpoint", "--semantic-weight", "--num-parts", "--size H W"):
        assert option in done.stdout
