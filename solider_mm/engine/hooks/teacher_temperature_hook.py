"""Teacher temperature schedule."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.functional.schedules import warmup_value
from solider_mm.registry import HOOKS


@HOOKS.register_module()
class TeacherTemperatureHook(Hook):
    """Raise the teacher's temperature linearly over the first epochs.

    Args:
        start: Temperature in the first epoch, > 0.
        end: Temperature from epoch `warmup_epochs` on, > 0.
        warmup_epochs: Number of warm-up epochs; 0 keeps `end` throughout (the
            official setting).

    Raises:
        ValueError: If a temperature is not positive.

    Source:
        docs/reference.md §2.5 (7); tests/data/golden/dino_loss.npz.
    """

    def __init__(
        self, start: float = 0.04, end: float = 0.04, warmup_epochs: int = 0
    ) -> None:
        for name, value in (("start", start), ("end", end)):
            if value <= 0:
                raise ValueError(f"{name}={value}: expected a number above 0.")
        self.start = start
        self.end = end
        self.warmup_epochs = warmup_epochs

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the temperature of the epoch that begins."""
        head: Any = unwrap_model(runner.model).head
        head.teacher_temperature = warmup_value(
            self.start, self.end, runner.epoch, self.warmup_epochs
        )
