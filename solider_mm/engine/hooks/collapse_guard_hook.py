"""Detection of collapse during pretraining."""

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
    """Training has collapsed."""


@HOOKS.register_module()
class CollapseGuardHook(Hook):
    """Report collapse, with the iteration, cause and remedy.

    The metrics are read from the device only every `interval` iterations. They are
    averaged over processes, so that all processes decide alike. The hook runs before
    the checkpoint hook: with `action='stop'`, no checkpoint of a rejected iteration is
    written, and earlier checkpoints are kept.

    Args:
        action: 'warn' logs and continues; 'stop' raises `CollapseError`.
        interval: Number of iterations between two checks.
        patience: Number of consecutive checks that must show a symptom.
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
        """Check the metrics every `interval` iterations."""
        del batch_idx, data_batch
        if outputs and self.every_n_train_iters(runner, self.interval):
            self._check_metrics(runner, outputs)

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
