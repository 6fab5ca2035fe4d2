"""The demo, shortened: it renders, trains, measures, and shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from solider_mm.fileio.image_io import read_images
from solider_mm.fileio.images import list_images
from tools.demo import TEXTS

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--from-scratch"]])
def test_prints_measurements_and_writes_files(
    tmp_path: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "demo"
    few = ["--identities", "3", "--epochs", "2"]
    printed = run(
        sys.executable, "tools/demo.py", "--work-dir", str(out), *few, *options
    )
    for name, text in TEXTS.items():
        (row,) = (line for line in printed.splitlines() if line.startswith(name + " "))
        assert len([float(number) for number in row.split()[1:]]) == 5
        assert text in printed
    assert re.search(r"multiplied by \d\.\d\d \(95 % interval", printed)
    files = [Path(f) for f in re.findall(r"^  (\S+\.(?:png|pth)) ", printed, re.M)]
    names = ["people.png", "semantic_weight.png", "curves.png", "epoch_2.pth"]
    assert [file.name for file in files] == names
    assert (out / "dino").is_dir() == bool(options)
    pictures, _, problems = read_images(list_images(files[:3]))
    assert len(pictures) == 3
    assert not problems
    assert min(picture.std() for picture in pictures) > 10  # something is plotted
    assert (out / "demo.log").stat().st_size > 1000
    if not options:  # the command that it prints runs
        (line,) = (line for line in printed.splitlines() if "probe_semantic" in line)
        words = shlex.split(line.replace("probe.png", str(tmp_path / "probe.png")))
        run(sys.executable, *words[1:], "--identities", "10")
        assert (tmp_path / "probe.png").exists()
