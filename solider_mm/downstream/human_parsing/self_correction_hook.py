"""Self-correction: an averaged model after each cycle provides soft targets."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from solider_mm.downstream.human_parsing.ce2p_head import CE2PLogits
from solider_mm.downstream.human_parsing.cycle_average import (
    reestimate_batch_norm,
    update_cycle_average,
)
from solider_mm.downstream.human_parsing.soft_targets import (
    SoftTargets,
    attach_soft_targets,
)
from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.fileio.atomic import atomic_path
from solider_mm.registry import HOOKS

__all__ = ["SelfCorrectionHook"]

_KEY = "self_correction"


@HOOKS.register_module()
class SelfCorrectionHook(Hook):
    """Average the model after every cycle and train on its predictions.

    The first cycle ends after epoch `start_epoch`, further ones every `cycle_epochs`.
    The average is written to `self_correction_N.pth` in the work directory; the last
    of these files is the one to test. Checkpoints contain the state, so that a run can
    be resumed in the middle of a cycle.

    Args:
        start_epoch: Number of epochs before the first average, at least 1.
        cycle_epochs: Number of epochs per cycle, at least 1.

    Raises:
        ValueError: If a number is below 1; in training, if the model has no CE2P
            outputs or the checkpoint to resume from lacks the average.

    Source:
        docs/reference.md §8.3 (120 and 10 of 150 epochs).
    """

    def __init__(self, *, start_epoch: int, cycle_epochs: int) -> None:
        if min(start_epoch, cycle_epochs) < 1:
            raise ValueError(
                f"start_epoch={start_epoch}, cycle_epochs={cycle_epochs}: expected 1 "
                "or more each; correct them."
            )
        self.start_epoch = start_epoch
        self.cycle_epochs = cycle_epochs
        self.finished_cycles = 0
        self.average: nn.Module | None = None
        self._resumed: dict[str, Any] = {}

    def before_train(self, runner: Runner) -> None:
        """Restore the average of a resumed run."""
        if self._resumed:
            self.average = _frozen_copy(runner.model)
            self.average.load_state_dict(self._resumed["state_dict"])
            self.finished_cycles = int(self._resumed["finished_cycles"])
            self._resumed = {}
        elif runner.epoch >= self.start_epoch:
            raise ValueError(
                f"training resumes at epoch {runner.epoch}, after the first cycle "
                f"(epoch {self.start_epoch}), but the checkpoint has no average: "
                "resume from a checkpoint of a run with this hook."
            )

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Attach the predictions of the average to the batch after the first cycle."""
        del runner, batch_idx
        if self.average is None:
            return
        with torch.no_grad():
            data = self.average.data_preprocessor(data_batch, False)  # type: ignore[operator]
            outputs = self.average(**data, mode="tensor")
        if not isinstance(outputs, CE2PLogits):
            raise ValueError(
                f"the model's output is {type(outputs).__name__}, expected the parsing "
                "and edge logits of CE2P: use solider_mm.CE2PHead, or remove "
                "SelfCorrectionHook."
            )
        soft = SoftTargets(outputs.fusion, outputs.edge, self.finished_cycles)
        attach_soft_targets(data_batch["data_samples"], soft)

    def after_train_epoch(self, runner: Runner) -> None:
        """Finish the cycle if one ends with this epoch."""
        since = runner.epoch + 1 - self.start_epoch
        if since >= 0 and since % self.cycle_epochs == 0:
            self._finish_cycle(runner)

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Add the average to the checkpoint."""
        del runner
        if self.average is not None:
            checkpoint[_KEY] = {
                "state_dict": self.average.state_dict(),
                "finished_cycles": self.finished_cycles,
            }

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Keep the average of the checkpoint to resume from."""
        if runner._resume:
            self._resumed = checkpoint.get(_KEY, {})

    def _finish_cycle(self, runner: Runner) -> None:
        if self.average is None:
            self.average = _frozen_copy(runner.model)
        update_cycle_average(
            self.average, unwrap_model(runner.model), self.finished_cycles
        )
        self.finished_cycles += 1
        seen = reestimate_batch_norm(self.average, runner.train_dataloader)
        path = Path(runner.work_dir) / f"{_KEY}_{self.finished_cycles}.pth"
        if is_main_process():
            with atomic_path(path) as temporary:
                torch.save(self._weights(runner), temporary)
        runner.logger.info(
            f"Cycle {self.finished_cycles} finished: average saved to {path}, batch "
            f"normalization re-estimated on {seen} images of this process."
        )

    def _weights(self, runner: Runner) -> dict[str, Any]:
        """Return the checkpoint of the average for testing and inference."""
        metainfo = getattr(runner.train_dataloader.dataset, "metainfo", {})
        state = {} if self.average is None else self.average.state_dict()
        return {
            "meta": {
                "epoch": runner.epoch + 1,
                "finished_cycles": self.finished_cycles,
                "dataset_meta": dict(metainfo),
            },
            "state_dict": {name: value.cpu() for name, value in state.items()},
        }


def _frozen_copy(model: nn.Module) -> nn.Module:
    return deepcopy(unwrap_model(model)).requires_grad_(False).eval()
