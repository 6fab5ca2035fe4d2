import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.hooks import Hook

from solider_mm.checkpoints import load_file
from solider_mm.engine.hooks import SaveOnSignalHook, StoppedBySignal


class _Runner(SimpleNamespace):
    def save_checkpoint(self, folder: str, name: str, by_epoch: bool, **_) -> None:
        assert not by_epoch
        Path(folder, name).write_text(f"iteration {self.iter}")


@pytest.fixture
def runner(tmp_path: Path) -> _Runner:
    return _Runner(
        work_dir=str(tmp_path),
        iter=6,
        epoch=0,
        train_loop=None,
        logger=SimpleNamespace(warning=lambda text: None),
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_saves_and_stops(runner: _Runner, number: int) -> None:
    before = signal.getsignal(number)
    hook = SaveOnSignalHook()
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    signal.raise_signal(number)
    with pytest.raises(StoppedBySignal) as stop:
        hook.after_train_iter(runner, 0)
    assert stop.value.number == number
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


@pytest.mark.parametrize(("iteration", "resumed"), [(2, 0), (4, 4), (6, 4)])
def test_downstream_run_repeats_the_interrupted_epoch(
    toy_runner, iteration: int, resumed: int
) -> None:
    class Interrupt(Hook):
        def after_train_iter(self, runner, *_, **__) -> None:
            if runner.iter + 1 == iteration:
                signal.raise_signal(signal.SIGTERM)

    runner = toy_runner(custom_hooks=[SaveOnSignalHook(), Interrupt()])
    with pytest.raises(StoppedBySignal):
        runner.train()
    path = Path(runner.work_dir, "interrupted.pth")
    again = toy_runner("again", load_from=str(path), resume=True)
    again.train()
    assert load_file(path)["meta"]["iter"] == resumed
    assert again.iter == 8
