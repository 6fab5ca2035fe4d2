"""What setup.py says and builds; nothing is written into the source tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import solider_mm

ROOT = Path(__file__).resolve().parents[1]
IGNORED = shutil.ignore_patterns(
    ".git",
    ".venv",
    "work_dirs",
    "data",
    "build",
    "*.egg-info",
    "__pycache__",
    ".*_cache",
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("packaging") / "clone"
    shutil.copytree(ROOT, target, ignore=IGNORED)
    return target


def setup_py(clone: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "setup.py", *arguments],
        cwd=clone,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_version_is_read_without_import(clone: Path) -> None:
    version = setup_py(clone, "--version").split()[-1]
    assert version == solider_mm.__version__
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_build_holds_mim_and_source_tree_does_not(clone: Path, tmp_path: Path) -> None:
    setup_py(clone, "-q", "build_py", "--build-lib", str(tmp_path))
    mim = tmp_path / "solider_mm" / ".mim"
    assert (mim / "tools" / "train.py").is_file()
    assert (mim / "model-index.yml").is_file()
    built = {p.relative_to(mim / "configs") for p in mim.glob("configs/**/*.py")}
    assert built == {
        p.relative_to(ROOT / "configs") for p in ROOT.glob("configs/**/*.py")
    }
    modules = {
        p.relative_to(tmp_path) for p in tmp_path.rglob("*.py") if mim not in p.parents
    }
    assert modules == {
        p.relative_to(ROOT)
        for p in ROOT.glob("solider_mm/**/*.py")
        if ".mim" not in p.parts
    }
    assert not (clone / "solider_mm" / ".mim").exists()


@pytest.mark.parametrize("stack", ["modern", "classic"])
def test_stack_files_pin_one_version_of_each(stack: str) -> None:
    lines = (ROOT / "requirements" / f"{stack}.txt").read_text().splitlines()
    names = [re.split(r"[=<>~]", li)[0] for li in lines if li and li[0] != "#"]
    assert len(names) == len(set(names))
    for name in ("torch", "torchvision", "numpy", "setuptools", "mmpose"):
        assert name in names


@pytest.mark.parametrize("name", ["train", "test"])
def test_help_of_tools_is_quick_and_as_mim_wants_it(name: str) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['{name}.py', '-h']\n"
        "try:\n"
        f"    runpy.run_path('tools/{name}.py', run_name='__main__')\n"
        "finally:\n"
        "    print([m for m in ('torch', 'mmengine') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]")
    assert "--gpus" not in done.stdout  # mim would add it to the command
    for option in ("--launcher", "--cfg-options", "--local_rank", "--local-rank"):
        assert option in done.stdout


def run_tool(name: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, f"tools/{name}.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_missing_config_is_one_sentence() -> None:
    done = run_tool("train", "configs/no_such.py")
    assert done.returncode == 2
    assert (
        "the config is 'configs/no_such.py', but there is no such file" in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_unknown_key_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "wrong.py"
    config.write_text("train_cfg = dict(type='IterBasedTrainLoop', max_itters=1)\n")
    done = run_tool("train", str(config))
    assert done.returncode == 2
    assert "no argument 'max_itters' (did you mean 'max_iters'" in done.stderr
    assert "Traceback" not in done.stderr
