"""tools/set_up.sh: its help and its messages. Nothing here touches the network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tools" / "set_up.sh"
BASH = shutil.which("bash")


def set_up(*arguments: str, script: Path = SCRIPT, **environment: str):
    return subprocess.run(
        [BASH, str(script), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def fake_tool(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    tool = folder / name
    tool.write_text(f"#!{BASH}\n{body}\n")
    tool.chmod(0o755)
    return tool


def bare_path(folder: Path) -> str:
    """A PATH with the everyday commands, but no Python, compiler or git."""
    folder.mkdir(exist_ok=True)
    for name in ("bash", "cat", "cut", "date", "dirname", "ls", "sed", "sha256sum"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return str(folder)


def test_help() -> None:
    done = set_up("--help")
    assert done.returncode == 0
    for word in ("--tier", "--stack", "--dev", "SOLIDER_MM_VENV", "SOLIDER_MM_PYTHON"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tier", "ful"), "--tier is 'ful', expected one of: core full."),
        (("--tier",), "--tier is '', expected one of: core full."),
        (("--stack", "old"), "--stack is 'old', expected one of: modern classic."),
        (("--tiers",), "unknown argument '--tiers'."),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], message: str) -> None:
    done = set_up(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_no_python(tmp_path: Path) -> None:
    """A shim that exists but fails, as pyenv's do, is no Python."""
    shims = fake_tool(tmp_path / "shims", "python3.11", "exit 127").parent
    path = f"{shims}:{bare_path(tmp_path / 'bin')}"
    done = set_up(PATH=path, SOLIDER_MM_VENV=str(tmp_path / "v"), SOLIDER_MM_PYTHON="")
    assert done.returncode == 2
    assert "no Python 3.10 to 3.12 found (tried python3.11" in done.stderr
    assert not (tmp_path / "v").exists()


def test_chosen_python_does_not_suit(tmp_path: Path) -> None:
    old = fake_tool(tmp_path / "bin", "python3.6", "exit 1")
    done = set_up(SOLIDER_MM_PYTHON=str(old), SOLIDER_MM_VENV=str(tmp_path / "v"))
    assert done.returncode == 2
    assert f"SOLIDER_MM_PYTHON is '{old}', which does not run or is not" in done.stderr


def test_python_without_venv(tmp_path: Path) -> None:
    """Answers the version question, but cannot import venv."""
    body = 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac'
    python = fake_tool(tmp_path / "bin", "python3.11", body)
    done = set_up(SOLIDER_MM_PYTHON=str(python), SOLIDER_MM_VENV=str(tmp_path / "v"))
    assert done.returncode == 2
    assert "has no 'venv' or 'ensurepip' module: install it" in done.stderr


def test_full_tier_without_compiler(tmp_path: Path) -> None:
    done = set_up(
        "--tier",
        "full",
        PATH=bare_path(tmp_path / "bin"),
        CXX="no-such-compiler",
        SOLIDER_MM_VENV=str(tmp_path / "v"),
    )
    assert done.returncode == 2
    assert "no C++ compiler on PATH" in done.stderr
    assert "--tier core, which needs none" in done.stderr


def test_dev_without_git(tmp_path: Path) -> None:
    done = set_up(
        "--dev",
        PATH=bare_path(tmp_path / "bin"),
        SOLIDER_MM_VENV=str(tmp_path / "v"),
    )
    assert done.returncode == 2
    assert "git is not on PATH" in done.stderr


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    treasure = tmp_path / "v" / "treasure.txt"
    treasure.parent.mkdir()
    treasure.write_text("keep me")
    done = set_up(SOLIDER_MM_VENV=str(treasure.parent))
    assert done.returncode == 2
    assert "exists and is no virtual environment" in done.stderr
    assert treasure.read_text() == "keep me"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the files the script reads, so that the stamp can be written."""
    target = tmp_path / "clone"
    shutil.copytree(ROOT / "requirements", target / "requirements")
    for name in ("tools/set_up.sh", "setup.py", "pyproject.toml"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    (target / "solider_mm").mkdir()
    shutil.copy2(ROOT / "solider_mm" / "__init__.py", target / "solider_mm")
    return target


def stamp(clone: Path, venv: Path, **changed: str) -> None:
    """Write the stamp as the script itself would, by sourcing its own functions."""
    source = (clone / "tools" / "set_up.sh").read_text()
    body, main = source.rstrip().rsplit("\n", maxsplit=1)
    assert main == "main"
    tier = changed.get("tier", "core")
    writer = clone / "tools" / "write_stamp.sh"
    # The hash covers the script itself under its own name, so only the call differs.
    writer.write_text(f"{body}\nTIER={tier}\nDEV=yes\nwrite_stamp\n")
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin" / "python").unlink(missing_ok=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "pyvenv.cfg").touch()
    done = set_up(script=writer, SOLIDER_MM_VENV=str(venv))
    assert done.returncode == 0, done.stderr
    stamped = venv / ".solider_mm_stamp"
    for key, value in changed.items():
        lines = stamped.read_text().splitlines()
        lines = [f"{key}={value}" if li.startswith(f"{key}=") else li for li in lines]
        stamped.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("core", ("--tier", "core")),
        ("core", ("--dev",)),
        ("full", ("--tier", "full")),
        ("full", ("--tier", "core", "--dev")),
    ],
)
def test_second_run_returns_at_once(
    clone: Path, tmp_path: Path, held: str, asked: tuple[str, ...]
) -> None:
    stamp(clone, tmp_path / "v", tier=held)
    script = clone / "tools" / "set_up.sh"
    done = set_up(*asked, script=script, SOLIDER_MM_VENV=str(tmp_path / "v"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_stack_is_not_mixed_in(clone: Path, tmp_path: Path) -> None:
    stamp(clone, tmp_path / "v", stack="modern")
    script = clone / "tools" / "set_up.sh"
    done = set_up(
        "--stack", "classic", script=script, SOLIDER_MM_VENV=str(tmp_path / "v")
    )
    assert done.returncode == 2
    assert "holds the modern stack, not the classic one" in done.stderr
