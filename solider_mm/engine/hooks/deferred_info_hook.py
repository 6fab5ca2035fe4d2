"""Log the training metrics without reading the device in every iteration."""

import math
from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner
from torch import Tensor

from solider_mm.registry import HOOKS

__all__ = ["DeferredInfoHook"]


@HOOKS.register_module()
class DeferredInfoHook(RuntimeInfoHook):
    """mmengine's `RuntimeInfoHook` with fewer synchronizations.

    mmengine reads every metric in every iteration, and each read waits until the GPU is
    idle. Here the metrics stay on the device and are fetched in one copy before they
    are used: when the logger writes a line, at the end of an epoch and before a
    checkpoint. The log holds the same numbers for the same iterations.
    """

    def __init__(self) -> None:
        self.interval = 1
        self._names: list[str] = []
        self._metrics: list[Tensor] = []

    def before_train(self, runner: Runner) -> None:
        """Read the interval of the logger."""
        super().before_train(runner)
        intervals = [h.interval for h in runner.hooks if isinstance(h, LoggerHook)]
        self.interval = math.gcd(*intervals) or 1

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Record the metrics of this iteration; fetch them if they will be logged."""
        del data_batch
        metrics = {**(outputs or {}), **_norm_of_gradients(runner)}
        for name, value in metrics.items():
            self._names.append(name)
            self._metrics.append(torch.as_tensor(value).detach().float().mean())
        last = self.end_of_epoch(runner.train_dataloader, batch_idx)
        if last or self.every_n_inner_iters(batch_idx, self.interval):
            self._fetch(runner)

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Fetch the remaining metrics: a checkpoint contains the log."""
        if self._metrics:
            self._fetch(runner)
            checkpoint["message_hub"] = runner.message_hub.state_dict()

    def _fetch(self, runner: Runner) -> None:
        if not self._metrics:
            return
        device = self._metrics[0].device
        values = torch.stack([metric.to(device) for metric in self._metrics]).tolist()
        for name, value in zip(self._names, values, strict=True):
            runner.message_hub.update_scalar(f"train/{name}", value)
        self._names, self._metrics = [], []


def _norm_of_gradients(runner: Runner) -> dict[str, Tensor]:
    """Return the norm that `PerTensorClip` measured, if there was a step."""
    wrapper = runner.optim_wrapper
    norm = getattr(wrapper, "largest_grad_norm", None)
    if norm is None:
        return {}
    wrapper.largest_grad_norm = None
    return {"largest_grad_norm": norm}
