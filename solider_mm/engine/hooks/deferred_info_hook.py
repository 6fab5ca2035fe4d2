"""Write the training figures to the log without reading the device every iteration."""

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
    """mmengine's `RuntimeInfoHook`, which asks for every figure in every iteration.

    Each question waits until a GPU has done all its work. Here the figures stay on the
    device and are fetched together, in one copy, before anybody looks: when the logger
    writes a line, at the end of an epoch and before a checkpoint. The log holds the
    same numbers for the same iterations.
    """

    def __init__(self) -> None:
        self.interval = 1
        self._names: list[str] = []
        self._figures: list[Tensor] = []

    def before_train(self, runner: Runner) -> None:
        """Learn from the logger how often it writes."""
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
        """Keep this iteration's figures, and fetch them if it is time."""
        del data_batch
        figures = {**(outputs or {}), **_norm_of_gradients(runner)}
        for name, value in figures.items():
            self._names.append(name)
            self._figures.append(torch.as_tensor(value).detach().float().mean())
        last = self.end_of_epoch(runner.train_dataloader, batch_idx)
        if last or self.every_n_inner_iters(batch_idx, self.interval):
            self._fetch(runner)

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Fetch what is left, for the log is part of a checkpoint."""
        if self._figures:
            self._fetch(runner)
            checkpoint["message_hub"] = runner.message_hub.state_dict()

    def _fetch(self, runner: Runner) -> None:
        if not self._figures:
            return
        device = self._figures[0].device
        values = torch.stack([figure.to(device) for figure in self._figures]).tolist()
        for name, value in zip(self._names, values, strict=True):
            runner.message_hub.update_scalar(f"train/{name}", value)
        self._names, self._figures = [], []


def _norm_of_gradients(runner: Runner) -> dict[str, Tensor]:
    """What `PerTensorClip` measured in this iteration, if it stepped."""
    wrapper = runner.optim_wrapper
    norm = getattr(wrapper, "largest_grad_norm", None)
    if norm is None:
        return {}
    wrapper.largest_grad_norm = None
    return {"largest_grad_norm": norm}
