"""Names collapse and non-finite losses while the run can still be saved."""

import logging
from collections.abc import Mapping

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor

from solider_mm.engine.hooks.collapse_symptoms import WATCHED, Thresholds, find_symptoms
from solider_mm.registry import HOOKS

__all__ = ["CollapseError", "CollapseGuardHook"]

ACTIONS = ("warn", "stop")
NEVER = torch.iinfo(torch.int64).max


class CollapseError(RuntimeError):
    """Training was stopped because it had collapsed or lost its numbers."""


@HOOKS.register_module()
class CollapseGuardHook(Hook):
    """Says that training has collapsed or lost its numbers, when, why and what to do.

    The device is read only every ``interval`` iterations and at the end of an epoch;
    meanwhile the first iteration with a non-finite loss is kept on the device. The
    figures are averaged over processes, so that all of them decide alike. It runs
    before the checkpoint hook: with ``action='stop'`` no checkpoint is written from an
    iteration that it has rejected, and all earlier ones stay.

    Args:
        action: ``'warn'`` logs and goes on; ``'stop'`` raises `CollapseError`.
        interval: iterations between two checks.
        patience: checks in a row that must show a symptom. Non-finite losses are
            reported at the first check.
        begin: iterations before symptoms count, since every run starts at ln K. Set it
            to the end of warm-up or later.
        thresholds: fields of `Thresholds` to change.
        num_prototypes: K; by default the model's ``head.out_channels``.

    Raises:
        ValueError: if ``action`` is unknown, or ``interval`` or ``patience`` < 1.
    """

    priority = "NORMAL"

    def __init__(
        self,
        action: str = "warn",
        interval: int = 50,
        patience: int = 10,
        begin: int = 1000,
        thresholds: Mapping[str, float] | None = None,
        num_prototypes: int | None = None,
    ) -> None:
        if action not in ACTIONS:
            raise ValueError(f"action is {action!r}; use one of {ACTIONS}.")
        if interval < 1 or patience < 1:
            raise ValueError(
                f"interval is {interval} and patience {patience}; both must be at "
                "least 1."
            )
        self.action = action
        self.interval = interval
        self.patience = patience
        self.begin = begin
        self.thresholds = Thresholds(**(thresholds or {}))
        self.num_prototypes = num_prototypes
        self._streaks: dict[str, int] = {}
        self._first_bad: Tensor | None = None
        self._bad_losses: dict[str, Tensor] = {}

    def before_train(self, runner: Runner) -> None:
        """Take K from the model's head, unless it was given."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if self.num_prototypes is None:
            self.num_prototypes = getattr(
                getattr(model, "head", None), "out_channels", None
            )
        if self.num_prototypes is None:
            raise ValueError(
                f"{type(model).__name__} has no head.out_channels to compare the loss "
                "with; give CollapseGuardHook num_prototypes, or leave the hook out."
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object = None,
        outputs: dict[str, Tensor] | None = None,
    ) -> None:
        """Note a non-finite loss on the device; judge at every ``interval``-th."""
        del batch_idx, data_batch
        if not outputs:
            return
        self._note_non_finite(outputs, runner.iter + 1)
        if self.every_n_train_iters(runner, self.interval):
            self._judge_finite(runner)
            self._judge_figures(runner, outputs)

    def after_train_epoch(self, runner: Runner) -> None:
        """Judge the losses of the epoch's end before a checkpoint is written."""
        self._judge_finite(runner)

    def _note_non_finite(self, outputs: Mapping[str, Tensor], iteration: int) -> None:
        losses = {
            key: torch.as_tensor(value).detach().float().mean()
            for key, value in outputs.items()
            if "loss" in key
        }
        if not losses:
            return
        finite = torch.stack(list(losses.values())).isfinite().all()
        if self._first_bad is None:
            self._first_bad = torch.full_like(finite, NEVER, dtype=torch.int64)
            self._bad_losses = losses
        is_first = ~finite & (self._first_bad == NEVER)
        self._first_bad = torch.where(is_first, iteration, self._first_bad)
        self._bad_losses = {
            key: torch.where(is_first, value, self._bad_losses.get(key, value))
            for key, value in losses.items()
        }

    def _judge_finite(self, runner: Runner) -> None:
        if self._first_bad is None:
            return
        own, losses = self._first_bad, self._bad_losses
        self._first_bad, self._bad_losses = None, {}
        first = own.clone()
        all_reduce(first, op="min")
        iteration = int(first)
        if iteration == NEVER:
            return
        # Only the processes that met it first tell their values.
        mine = (own == first).float()
        values = torch.stack([*losses.values(), mine])
        values = torch.where(mine.bool(), values, torch.zeros_like(values))
        all_reduce(values, op="sum")
        told = (values[:-1] / values[-1]).tolist()
        listed = ", ".join(
            f"{key} = {value:g}" for key, value in zip(losses, told, strict=True)
        )
        self._act(
            runner,
            f"Iteration {iteration}: non-finite loss ({listed}). The weights and the "
            "center may be lost from here on. Resume from a checkpoint before it with "
            "a smaller learning rate, tighter gradient clipping, or bf16, not fp16.",
        )

    def _judge_figures(self, runner: Runner, outputs: Mapping[str, Tensor]) -> None:
        if runner.iter + 1 <= self.begin:
            return
        present = [key for key in WATCHED if key in outputs]
        if not present:
            return
        values = torch.stack(
            [torch.as_tensor(outputs[key]).detach().float().mean() for key in present]
        )
        all_reduce(values, op="mean")
        figures = dict(zip(present, values.tolist(), strict=True))
        found = find_symptoms(figures, self.num_prototypes or 1, self.thresholds)
        self._streaks = {name: self._streaks.get(name, 0) + 1 for name in found}
        for name, sentence in found.items():
            if self._streaks[name] == self.patience:
                since = f"in {self.patience} checks in a row, one per {self.interval}"
                self._act(
                    runner,
                    f"Iteration {runner.iter + 1}: {name} ({since} iterations). "
                    f"{sentence[0].upper()}{sentence[1:]}",
                )

    def _act(self, runner: Runner, message: str) -> None:
        if self.action == "warn":
            print_log(message, logger="current", level=logging.WARNING)
            return
        kept = runner.message_hub.runtime_info.get("last_ckpt")
        where = f"The last checkpoint is {kept}." if kept else "No checkpoint was kept."
        raise CollapseError(f"{message} Training is stopped. {where}")
