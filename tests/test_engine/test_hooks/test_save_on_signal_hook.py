"""Stopping on a signal."""

import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from solider_mm.engine.hooks import SaveOnSignalHook


class _Runner(SimpleNamespace):
    def save_checkpoint(self, folder: str, name: str, by_epoch: bool) -> None:
        assert not by_epoch
        Path(folder, name).write_text(f"iteration {self.iter}")


@pytest.fixture
def runner(tmp_path: Path) -> _Runner:
    return _Runner(
        work_dir=str(tmp_path),
        iter=6,
        train_loop=SimpleNamespace(stop_training=False),
        logger=SimpleNamespace(warning=lambda text: None),
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_saves_and_stops(runner: _Runner, number: int) -> None:
    before = signal.getsignal(number)
    hook = SaveOnSignalHook()
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    assert not runner.train_loop.stop_training
    signal.raise_signal(number)
    hook.after_train_iter(runner, 0)
    hook.after_train(runner)
    assert runner.train_loop.stop_training
    saved = Path(runner.work_dir, "interrupted.pth")
    assert saved.read_text() == "iteration 6"
    assert Path(runner.work_dir, "last_checkpoint").read_text() == str(saved)
    assert signal.getsignal(number) is before


def test_second_interrupt_does_not_wait(runner: _Runner) -> None:
    hook = SaveOnSignalHook()
    hook.before_train(runner)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    hook.after_train(runner)
