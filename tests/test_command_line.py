"""What the tools share: exit codes, options, and a quick `-h`."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from solider_mm.command_line import (
    add_data_options,
    add_run_options,
    check_outputs,
    create_parser,
    run_command,
)
from solider_mm.datasets import LAYOUTS

ROOT = Path(__file__).resolve().parents[1]
TOOLS = sorted((ROOT / "tools").rglob("*.py"))
HEAVY = ("torch", "mmengine", "mmcv", "numpy", "PIL")


def fail(args: Namespace) -> None:
    raise args.error


def test_exit_code_is_that_of_the_action_or_0() -> None:
    assert run_command(lambda args: None, Namespace()) == 0
    assert run_command(lambda args: 1, Namespace()) == 1


@pytest.mark.parametrize("error", [ValueError("no λ"), FileExistsError("out is full")])
def test_user_error_is_one_sentence(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        run_command(fail, Namespace(error=error))
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith(f"{type(error).__name__}: {error}\n")


def test_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_TRACEBACK", "1")
    with pytest.raises(ValueError, match="no λ"):
        run_command(fail, Namespace(error=ValueError("no λ")))


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(lambda args: 1 // 0, Namespace())


def test_data_options_name_every_layout() -> None:
    parser = create_parser("Docstring.")
    add_data_options(parser)
    text = parser.format_help()
    assert all(layout in text for layout in LAYOUTS)


def test_run_options_accept_both_spellings_of_the_local_rank() -> None:
    parser = create_parser("Docstring.")
    add_run_options(parser, "a.b=1")
    for word in ("--local_rank=3", "--local-rank=3"):
        assert parser.parse_args([word]).local_rank == 3
    assert parser.parse_args(["--cfg-options", "a=1", "b=2"]).cfg_options == [
        "a=1",
        "b=2",
    ]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda path: path.name)
def test_help_imports_nothing_heavy(tool: Path) -> None:
    code = (
        f"import runpy, sys\nsys.argv = ['{tool.name}', '-h']\n"
        f"try:\n    runpy.run_path({str(tool)!r}, run_name='__main__')\n"
        f"finally:\n    print([m for m in {HEAVY} if m in sys.modules])"
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


def test_outputs_are_checked_before_the_work(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.json"
    check_outputs(target, None)
    assert target.parent.is_dir()
    assert not list(target.parent.iterdir())
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "a.json", Path("/proc/none/a.json")):
        with pytest.raises(ValueError, match=f"{path} cannot be written"):
            check_outputs(path)
