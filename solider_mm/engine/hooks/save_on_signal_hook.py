"""Save and stop on Ctrl-C or a scheduler's signal."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from mmengine.dist import all_reduce, barrier, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from solider_mm.checkpoints.atomic_backend import ATOMIC_BACKEND
from solider_mm.engine.loops import ResumableTrainLoop
from solider_mm.fileio.atomic import atomic_file
from solider_mm.registry import HOOKS

__all__ = ["SaveOnSignalHook", "StoppedBySignal"]

FILENAME = "interrupted.pth"


class StoppedBySignal(KeyboardInterrupt):
    """Training was stopped by a signal, after everything was saved.

    Args:
        number: Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


@HOOKS.register_module()
class SaveOnSignalHook(Hook):
    """On SIGINT or SIGTERM, finish the iteration, save everything and stop.

    A second Ctrl-C stops at once. `--resume` continues with the next iteration. A loop
    that cannot start within an epoch, as mmengine's, repeats the interrupted epoch with
    the saved weights.

    Args:
        interval: With several processes, number of iterations between two checks
            whether any of them was signaled, so that all stop together.
    """

    priority = "LOWEST"

    def __init__(self, interval: int = 10) -> None:
        self.interval = interval
        self.signaled = 0
        self._previous: dict[int, object] = {}

    def before_train(self, runner: Runner) -> None:
        """Install the signal handlers."""
        del runner
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._remember)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Save and stop if a signal was received.

        Raises:
            StoppedBySignal: If any process was signaled.
        """
        del batch_idx, data_batch, outputs
        number = self._agreed(runner)
        if not number:
            return
        runner.save_checkpoint(
            runner.work_dir,
            FILENAME,
            by_epoch=False,
            meta=_position(runner),
            backend_args=ATOMIC_BACKEND,
        )
        path = Path(runner.work_dir) / FILENAME
        if is_main_process():
            with atomic_file(path.with_name("last_checkpoint")) as stream:
                stream.write(str(path).encode())
        barrier()  # no process ends while another one writes
        runner.logger.warning(
            f"Stopped after iteration {runner.iter + 1}; everything is in {path}. "
            "Continue with the same command and --resume."
        )
        self.after_train(runner)
        raise StoppedBySignal(number)

    def after_train(self, runner: Runner) -> None:
        """Restore the signal handlers."""
        del runner
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.signaled and number == signal.SIGINT:
            raise KeyboardInterrupt
        del frame
        self.signaled = number

    def _agreed(self, runner: Runner) -> int:
        if get_world_size() == 1:
            return self.signaled
        if not self.every_n_train_iters(runner, self.interval):
            return 0
        device = next(runner.model.parameters()).device
        flag = torch.tensor(float(self.signaled), device=device)
        all_reduce(flag, "max")
        return int(flag)


def _position(runner: Runner) -> dict[str, int]:
    """Return epoch and iteration from which the loop can continue."""
    loop = runner.train_loop
    is_epoch_loop = isinstance(loop, EpochBasedTrainLoop)
    if not is_epoch_loop or isinstance(loop, ResumableTrainLoop):
        return {"epoch": runner.epoch, "iter": runner.iter + 1}
    length = len(loop.dataloader)
    finished = runner.epoch + int((runner.iter + 1) % length == 0)
    return {"epoch": finished, "iter": finished * length}
