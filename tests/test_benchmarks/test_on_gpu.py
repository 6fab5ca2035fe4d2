"""The script that runs all GPU commands, with commands that need none."""

import json
from pathlib import Path

import pytest

from benchmarks import on_gpu


def test_results_are_written_one_by_one_and_successes_are_kept(tmp_path: Path) -> None:
    wanted = {
        "good": ["-c", "print('fine')"],
        "bad": ["-c", "raise SystemExit(3)"],
        "slow": ["-c", "import time; print('begun', flush=True); time.sleep(60)"],
    }
    on_gpu.run_all({"good": wanted["good"], "bad": wanted["bad"]}, tmp_path, 60)
    summary = on_gpu.run_all({"slow": wanted["slow"]}, tmp_path, 3)
    codes = {name: entry["exit_code"] for name, entry in summary.items()}
    assert codes == {"good": 0, "bad": 3, "slow": None}
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert (tmp_path / "good.txt").read_text() == "fine\n"
    (tmp_path / "good.txt").unlink()
    on_gpu.run_all({"good": wanted["good"]}, tmp_path, 60)
    assert not (tmp_path / "good.txt").exists()


def test_every_script_of_a_command_exists(tmp_path: Path) -> None:
    found = on_gpu.commands(tmp_path, ["config.py"], 800)
    scripts = [arguments[0] for arguments in found.values() if arguments[0] != "-m"]
    assert len(scripts) == len(found) - 1
    assert all((on_gpu.ROOT / script).is_file() for script in scripts)


def test_unknown_names_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        on_gpu.main([str(tmp_path), "--only", "nothing"])
    assert "--only nothing" in capsys.readouterr().err
