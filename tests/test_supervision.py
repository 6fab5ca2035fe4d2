import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from solider_mm.supervision import end_mim, is_under_mim

ROOT = Path(__file__).resolve().parents[1]
# Saves for a second after SIGTERM or SIGINT, as a training run does.
TRAINER = """
import pathlib, signal, sys, time
from solider_mm import supervision

supervision.stop_with_parent()
folder = pathlib.Path(sys.argv[1])

def save(number, frame):
    time.sleep(1)
    (folder / "saved").write_text(str(number))
    sys.exit(128 + number)

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, save)
(folder / "started").touch()
time.sleep(60)
"""
SUPERVISOR = """
import sys
from solider_mm import supervision

sys.exit(supervision.run_supervised([sys.executable, *sys.argv[1:]]))
"""


@pytest.fixture
def supervisor(tmp_path: Path):
    """A supervised trainer that has started."""
    (tmp_path / "trainer.py").write_text(TRAINER)
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "trainer.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    wait_for(tmp_path / "started")
    yield process
    process.kill()
    process.wait()


def wait_for(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name} within {seconds} s"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_forwards_signals_and_returns_the_exit_code(
    tmp_path, supervisor, number
) -> None:
    supervisor.send_signal(number)
    assert supervisor.wait(timeout=60) == 128 + number
    assert (tmp_path / "saved").read_text() == str(int(number))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_trainer_saves_although_its_parent_is_killed(tmp_path, supervisor) -> None:
    supervisor.send_signal(signal.SIGINT)
    time.sleep(0.2)
    supervisor.kill()
    wait_for(tmp_path / "saved")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_trainer_stops_when_its_parent_is_killed(tmp_path, supervisor) -> None:
    supervisor.kill()
    wait_for(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == str(int(signal.SIGTERM))


def test_pytest_is_not_mim() -> None:
    assert not is_under_mim()
    end_mim()  # does nothing


# As mim: waits for a child, and prints a traceback if it fails.
MIM = """
import subprocess, sys

try:
    subprocess.check_call([sys.executable, "-c", sys.argv[-1]])
except KeyboardInterrupt:
    sys.exit("Aborted!")
"""
FAILING = """
import sys
from solider_mm import supervision

trainer = "import sys; sys.exit('ValueError: λ is 2')"
sys.exit(supervision.run_supervised([sys.executable, "-c", trainer]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    ("command", "end"), [("train", "Aborted!"), ("gridsearch", "status 1.")]
)
def test_error_of_the_trainer_stays_at_the_end(tmp_path, command, end) -> None:
    """A grid search goes on with its other runs."""
    (tmp_path / "mim").write_text(MIM)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "mim"), command, FAILING],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == "ValueError: λ is 2"
    assert lines[-1].endswith(end)
    assert len(lines) == 2 or command != "train"
