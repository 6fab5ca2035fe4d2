"""Hook that plots the training curves at the end of training."""

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
    """Plot all scalars to one picture in the work folder.

    The picture is written after training, every `interval` epochs, and at exit of the
    process if training is interrupted or fails. The hook reads the scalars written by
    mmengine's `LocalVisBackend`, so a resumed run continues its earlier curves. It also
    logs the weight decay; mmengine logs only the learning rate.

    Args:
        filename: Name of the picture in `work_dir`; the suffix determines the format.
        interval: Number of epochs between pictures during training; 0 for none.
    """

    priority = "NORMAL"

    def __init__(
        self, filename: str = "training_curves.png", interval: int = 0
    ) -> None:
        self.filename = filename
        self.interval = interval
        self._work_dir: Path | None = None

    def before_train(self, runner: Runner) -> None:
        """Register the plot for interrupted runs."""
        if is_main_process():
            self._work_dir = Path(runner.work_dir)
            atexit.register(self._plot)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None
    ) -> None:
        """Log the largest weight decay of the parameter groups."""
        del batch_idx, data_batch
        groups = runner.optim_wrapper.param_groups
        decay = max(group.get("weight_decay", 0.0) for group in groups)
        runner.message_hub.update_scalar("train/weight_decay", decay)

    def after_train_epoch(self, runner: Runner) -> None:
        """Plot every `interval` epochs."""
        if self.interval and self.every_n_epochs(runner, self.interval):
            self._plot()

    def after_train(self, runner: Runner) -> None:
        """Plot at the end of training."""
        del runner
        path = self._plot()
        if path is not None:
            print_log(f"Training curves are in {path}.", logger="current")
        atexit.unregister(self._plot)

    def _plot(self) -> Path | None:
        """Plot if a log exists; a failed plot must not stop the training."""
        if self._work_dir is None or not self._work_dir.is_dir():
            return None
        try:
            return plot_training([self._work_dir], self._work_dir / self.filename)
        except (OSError, ValueError) as error:
            print_log(
                f"Training curves were not plotted: {error}",
                logger="current",
                level=logging.WARNING,
            )
            return None
