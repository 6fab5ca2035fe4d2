"""The demo, shortened: it draws, trains two stages, measures, and shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from solider_mm.evaluation.semantic_parts.report import MEANINGS
from solider_mm.inference import list_images, read_images

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demo_leaves_what_it_says(tmp_path: Path) -> None:
    options = f"--out {tmp_path / 'demo'} --identities 6 --epochs 2 2"
    told = run(sys.executable, "tools/demo.py", *options.split())
    for name, meaning in MEANINGS.items():
        (row,) = (line for line in told.splitlines() if line.startswith(name + " "))
        before, after = map(float, row.split()[1:3])
        assert 0 <= before <= 1
        assert 0 <= after <= 1
        assert row.endswith(meaning)
    files = [Path(name) for name in re.findall(r"^  (\S+\.(?:png|pth)) ", told, re.M)]
    assert [file.name for file in files] == [
        "semantic_parts.png",
        "curves.png",
        "epoch_2.pth",
    ]
    pictures, paths, problems = read_images(list_images(files[:2]))
    assert len(paths) == 2
    assert not problems
    assert min(picture.std() for picture in pictures) > 10  # something is drawn
    assert (tmp_path / "demo" / "demo.log").stat().st_size > 1000

    # The command it prints for one's own images runs.
    (line,) = (line for line in told.splitlines() if "show_semantic_parts.py" in line)
    words = shlex.split(line.replace("FOLDER", str(tmp_path / "demo" / "drawn_6_0")))
    panel = tmp_path / "own.png"
    few = ["--max-images", "2", "--out", str(panel)]
    run(sys.executable, *words[1:], *few)
    assert panel.exists()
