"""Stop cleanly on Ctrl-C or a scheduler's signal."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from mmengine.dist import all_reduce, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.registry import HOOKS

FILENAME = "interrupted.pth"


@HOOKS.register_module()
class SaveOnSignalHook(Hook):
    """On SIGINT or SIGTERM, finish the iteration, save everything and stop.

    A second Ctrl-C stops at once. ``--resume`` continues with the next iteration.

    Args:
        interval: With several processes, iterations between two looks at whether any
            of them was signaled; they must agree on where to stop.
    """

    priority = "LOWEST"

    def __init__(self, interval: int = 10) -> None:
        self.interval = interval
        self.signaled = False
        self._previous: dict[int, object] = {}

    def before_train(self, runner: Runner) -> None:
        """Listen for signals."""
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
        """Save and stop if a signal came."""
        del batch_idx, data_batch, outputs
        if not self._agreed(runner):
            return
        runner.save_checkpoint(runner.work_dir, FILENAME, by_epoch=False)
        if is_main_process():
            pointer = Path(runner.work_dir) / "last_checkpoint"
            pointer.write_text(str(Path(runner.work_dir) / FILENAME))
        runner.logger.warning(
            f"Stopped after iteration {runner.iter + 1}; everything is in "
            f"{Path(runner.work_dir) / FILENAME}. Go on with the same command and "
            "--resume."
        )
        runner.train_loop.stop_training = True

    def after_train(self, runner: Runner) -> None:
        """Stop listening."""
        del runner
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.signaled and number == signal.SIGINT:
            raise KeyboardInterrupt
        del frame
        self.signaled = True

    def _agreed(self, runner: Runner) -> bool:
        if get_world_size() == 1:
            return self.signaled
        if not self.every_n_train_iters(runner, self.interval):
            return False
        device = next(runner.model.parameters()).device
        flag = torch.tensor(float(self.signaled), device=device)
        all_reduce(flag, "max")
        return bool(flag > 0)
