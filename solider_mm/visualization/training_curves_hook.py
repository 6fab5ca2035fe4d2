"""Draws the training curves when training ends, however it ends."""

import atexit
import logging
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from solider_mm.registry import HOOKS
from solider_mm.visualization.training_curves import plot_training

__all__ = ["TrainingCurvesHook"]


@HOOKS.register_module()
class TrainingCurvesHook(Hook):
    """Writes one picture of all scalars into the work folder.

    It is drawn after training, every `interval` epochs, and, when training is
    interrupted or fails, as the process exits. It reads the scalars that mmengine's
    `LocalVisBackend` writes, so resumed runs join the earlier part of their curves.
    It also puts the weight decay into the log, where mmengine only puts the learning
    rate.

    Args:
        filename: Picture in `work_dir`; the suffix gives the format.
        interval: Epochs between two pictures during training; 0 for none.
    """

    priority = "NORMAL"

    def __init__(
        self, filename: str = "training_curves.png", interval: int = 0
    ) -> None:
        self.filename = filename
        self.interval = interval
        self._work_dir: Path | None = None

    def before_train(self, runner: Runner) -> None:
        """Be ready for a run that never reaches its end."""
        if is_main_process():
            self._work_dir = Path(runner.work_dir)
            atexit.register(self._draw)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None
    ) -> None:
        """Log the weight decay of the groups that are decayed."""
        del batch_idx, data_batch
        groups = runner.optim_wrapper.param_groups
        decay = max(group.get("weight_decay", 0.0) for group in groups)
        runner.message_hub.update_scalar("train/weight_decay", decay)

    def after_train_epoch(self, runner: Runner) -> None:
        """Draw every `interval` epochs."""
        if self.interval and self.every_n_epochs(runner, self.interval):
            self._draw()

    def after_train(self, runner: Runner) -> None:
        """Draw at the end."""
        del runner
        path = self._draw()
        if path is not None:
            print_log(f"Training curves are in {path}.", logger="current")
        atexit.unregister(self._draw)

    def _draw(self) -> Path | None:
        """Draw if there is something; a missing picture must not fail a training."""
        if self._work_dir is None or not self._work_dir.is_dir():
            return None
        try:
            return plot_training([self._work_dir], self._work_dir / self.filename)
        except (OSError, ValueError) as error:
            print_log(
                f"Training curves were not drawn: {error}",
                logger="current",
                level=logging.WARNING,
            )
            return None
