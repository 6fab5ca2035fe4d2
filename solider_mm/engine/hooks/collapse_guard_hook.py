"""Detection of collapse and non-finite losses during pretraining."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.registry import HOOKS

__all__ = ["CollapseError", "CollapseGuardHook", "Thresholds", "find_symptoms"]

ACTIONS = ("warn", "stop")
NEVER = torch.iinfo(torch.int64).max
WATCHED = ("dino_cross_entropy", "teacher_entropy", "feature_std", "kept_fraction")


@dataclass(frozen=True)
class Thresholds:
    """Limits beyond which a metric counts as a symptom of collapse.

    Attributes:
        loss: Distance of the DINO cross-entropy from ln K, as a fraction of ln K.
        entropy: Distance of the teacher's entropy from ln K or 0, as a fraction of
            ln K.
        feature_std: Standard deviation over images of the unit-length pooled feature.
            Features of cosine similarity s and C channels give √((1 − s) / C).
    """

    loss: float = 0.002
    entropy: float = 0.002
    feature_std: float = 1e-4


def find_symptoms(
    metrics: Mapping[str, float], num_prototypes: int, thresholds: Thresholds
) -> dict[str, str]:
    """Find symptoms of collapse in the training metrics.

    Args:
        metrics: Any of `dino_cross_entropy` (nats), `teacher_entropy` (nats),
            `feature_std` and `kept_fraction`; missing and NaN values are ignored.
        num_prototypes: Number of prototypes K.
        thresholds: Limits of each metric.

    Returns:
        One sentence per symptom, by name: the value, its meaning and a remedy.
    """
    nan = float("nan")
    uniform = math.log(num_prototypes)
    loss, entropy, std, kept = (metrics.get(key, nan) for key in WATCHED)
    level = f"ln K = {uniform:.4f} (K = {num_prototypes})"
    found = {}
    if uniform - entropy <= thresholds.entropy * uniform:
        found["uniform collapse"] = (
            f"teacher_entropy is {entropy:.4f} and {level}: the teacher prefers no "
            "prototype, so its targets carry no information. Try a lower "
            "teacher_temperature or a smaller learning rate."
        )
    if entropy <= thresholds.entropy * uniform:
        found["collapse to one prototype"] = (
            f"teacher_entropy is {entropy:.4f}, near 0: every image gets the same "
            "one-hot target. Try a higher teacher_temperature, a longer warm-up, and "
            "check that the center moves (center_momentum below 1)."
        )
    if std <= thresholds.feature_std:
        found["constant features"] = (
            f"feature_std is {std:.2e}: all images have the same feature. Try a "
            "smaller learning rate or a longer warm-up, and check that the images "
            "differ."
        )
    if abs(loss - uniform) <= thresholds.loss * uniform:
        found["no learning"] = (
            f"dino_cross_entropy is {loss:.4f} and {level}: the student predicts at "
            "chance level. Try another learning rate or a lower teacher_temperature; "
            "during warm-up, wait."
        )
    if kept <= 0:
        found["no semantic labels"] = (
            "kept_fraction is 0: no image passes the foreground rule, so the semantic "
            "loss is empty. Start from DINO weights or lower min_foreground."
        )
    return found


class CollapseError(RuntimeError):
    """Training has collapsed or its loss is no longer finite."""


@HOOKS.register_module()
class CollapseGuardHook(Hook):
    """Report collapse and non-finite losses, with the iteration, cause and remedy.

    The metrics are read from the device only every `interval` iterations and at the end
    of an epoch; the first iteration with a non-finite loss is recorded on the device.
    Metrics are averaged over processes, so that all processes decide alike. The hook
    runs before the checkpoint hook: with `action='stop'`, no checkpoint of a rejected
    iteration is written, and earlier checkpoints are kept.

    Args:
        action: 'warn' logs and continues; 'stop' raises `CollapseError`.
        interval: Number of iterations between two checks.
        patience: Number of consecutive checks that must show a symptom. Non-finite
            losses are reported at the first check.
        begin: Iteration from which symptoms count, because every run starts at ln K.
            Use the end of warm-up or later.
        thresholds: Fields of `Thresholds` to override.
        num_prototypes: Number of prototypes K; None reads the model's
            `head.out_channels`.

    Raises:
        ValueError: If `action` is unknown, or `interval` or `patience` is below 1.
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
        """Read K from the model's head if it was not given."""
        model = unwrap_model(runner.model)
        if self.num_prototypes is None:
            self.num_prototypes = getattr(
                getattr(model, "head", None), "out_channels", None
            )
        if self.num_prototypes is None:
            raise ValueError(
                f"{type(model).__name__} has no head.out_channels to compare the loss "
                "with: set num_prototypes of CollapseGuardHook, or remove the hook."
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object = None,
        outputs: dict[str, Tensor] | None = None,
    ) -> None:
        """Record a non-finite loss on the device; check every `interval` iterations."""
        del batch_idx, data_batch
        if not outputs:
            return
        self._record_non_finite(outputs, runner.iter + 1)
        if self.every_n_train_iters(runner, self.interval):
            self._check_finite(runner)
            self._check_metrics(runner, outputs)

    def after_train_epoch(self, runner: Runner) -> None:
        """Check the last losses of the epoch before a checkpoint is written."""
        self._check_finite(runner)

    def _record_non_finite(self, outputs: Mapping[str, Tensor], iteration: int) -> None:
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

    def _check_finite(self, runner: Runner) -> None:
        if self._first_bad is None:
            return
        own, losses = self._first_bad, self._bad_losses
        self._first_bad, self._bad_losses = None, {}
        first = own.clone()
        all_reduce(first, op="min")
        iteration = int(first)
        if iteration == NEVER:
            return
        # Only processes that saw it first contribute their values.
        is_first = (own == first).float()
        values = torch.stack([*losses.values(), is_first])
        values = torch.where(is_first.bool(), values, torch.zeros_like(values))
        all_reduce(values, op="sum")
        averages = (values[:-1] / values[-1]).tolist()
        listed = ", ".join(
            f"{key} = {value:g}" for key, value in zip(losses, averages, strict=True)
        )
        self._act(
            runner,
            f"Iteration {iteration}: non-finite loss ({listed}). The weights and the "
            "center may be lost from here on. Resume from a checkpoint before it with "
            "a smaller learning rate, tighter gradient clipping, or bf16, not fp16.",
        )

    def _check_metrics(self, runner: Runner, outputs: Mapping[str, Tensor]) -> None:
        if runner.iter + 1 <= self.begin:
            return
        present = [key for key in WATCHED if key in outputs]
        if not present:
            return
        values = torch.stack(
            [torch.as_tensor(outputs[key]).detach().float().mean() for key in present]
        )
        all_reduce(values, op="mean")
        metrics = dict(zip(present, values.tolist(), strict=True))
        found = find_symptoms(metrics, self.num_prototypes or 1, self.thresholds)
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
