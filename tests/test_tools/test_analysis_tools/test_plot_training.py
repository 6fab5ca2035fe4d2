import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(*arguments):
    return subprocess.run(
        [
            sys.executable,
            ROOT / "tools" / "analysis_tools" / "plot_training.py",
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_plots_log_and_reports_missing_one(tmp_path):
    (tmp_path / "scalars.json").write_text(
        "\n".join(json.dumps({"iter": i, "loss": 1 / i}) for i in range(1, 9))
    )
    done = run(tmp_path / "scalars.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "training_curves.png")
    assert (tmp_path / "training_curves.png").is_file()

    failed = run(tmp_path / "absent")
    assert failed.returncode == 2
    assert failed.stderr.startswith("FileNotFoundError: no training scalars under")
