"""Update the teacher after each optimizer step."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.functional.schedules import cosine_value
from solider_mm.registry import HOOKS


@HOOKS.register_module()
class TeacherUpdateHook(Hook):
    """Update the teacher as an exponential moving average of the student.

    The momentum rises by a cosine schedule. The first update is an average, not a copy.
    With gradient accumulation the teacher changes only after optimizer steps.

    Args:
        momentum: Weight of the old teacher at the first iteration.
        end_momentum: Weight approached at the last iteration.

    Raises:
        ValueError: If a momentum is outside [0, 1].

    Source:
        docs/reference.md §2.6 "teacher momentum"; deviation 7 (mmengine's average
        copies the student at its first step).
    """

    priority = "NORMAL"

    def __init__(self, momentum: float = 0.996, end_momentum: float = 1.0) -> None:
        for name, value in (("momentum", momentum), ("end_momentum", end_momentum)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name}={value}: expected a number in [0, 1].")
        self.momentum = momentum
        self.end_momentum = end_momentum

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: object = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Update the teacher if this iteration ended with an optimizer step."""
        del batch_idx, data_batch, outputs
        if not runner.optim_wrapper.should_update():
            return
        momentum = cosine_value(
            self.momentum, self.end_momentum, runner.iter, runner.max_iters
        )
        unwrap_model(runner.model).update_teacher(momentum)  # type: ignore[operator]
        runner.message_hub.update_scalar("train/teacher_momentum", momentum)
