"""Learning rate of the official code: warmup, then an unshifted cosine."""

import math
from typing import Any

from mmengine.optim import OptimWrapper

# The base class of mmengine's schedulers has no public name.
from mmengine.optim.scheduler.param_scheduler import INF, _ParamScheduler
from torch.optim import Optimizer

from solider_mm.registry import PARAM_SCHEDULERS

__all__ = ["UnshiftedCosineLR"]


@PARAM_SCHEDULERS.register_module()
class UnshiftedCosineLR(_ParamScheduler):
    """Linear warmup, then a cosine counted from the start of training.

    With b the base rate of the optimizer and v that of a group (b times its
    `lr_mult`), at step t, 0-based::

        t < warmup:  s + t (v − s) / warmup,                 s = start_fraction · b
        else:         f + ½ (v − f) (1 + cos(π t / total)),    f = floor_fraction · b

    s and f are the same for all groups. The cosine has already decayed for `warmup`
    steps when it takes over, so the rate drops there and never reaches v. A group with
    v = 0 stays at 0.

    Args:
        optimizer: Optimizer, passed by the runner.
        total: Number of steps of the schedule; later steps keep the floor.
        warmup: Number of warmup steps.
        start_fraction: Rate of step 0 as a fraction of b.
        floor_fraction: Rate of the last step as a fraction of b.
        begin: First step of the scheduler; t is counted from it.
        end: Step from which the rates stay unchanged; the runner's default is the end
            of training.
        by_epoch: Whether steps are epochs, as in the official code, or iterations.
        last_step: Argument of mmengine's schedulers.
        verbose: Whether to log every change.

    Raises:
        ValueError: If not `0 <= warmup < total`, or a fraction is negative.

    Source:
        docs/reference.md §4.4, §R5; §13 check 3.
    """

    def __init__(  # noqa: PLR0913
        self,
        optimizer: Optimizer | OptimWrapper,
        *,
        total: int = 120,
        warmup: int = 20,
        start_fraction: float = 0.01,
        floor_fraction: float = 0.002,
        begin: int = 0,
        end: int = INF,
        by_epoch: bool = True,
        last_step: int = -1,
        verbose: bool = False,
    ) -> None:
        if not 0 <= warmup < total:
            raise ValueError(
                f"warmup={warmup} and total={total}: expected 0 <= warmup < total; "
                "shorten the warmup or train longer."
            )
        if min(start_fraction, floor_fraction) < 0:
            raise ValueError(
                f"start_fraction={start_fraction}, floor_fraction={floor_fraction}: "
                "expected fractions of the base rate of at least 0."
            )
        self.total = total
        self.warmup = warmup
        rate = _base_rate(optimizer)
        self.start = start_fraction * rate
        self.floor = floor_fraction * rate
        super().__init__(
            optimizer, "lr", begin, end, last_step, by_epoch=by_epoch, verbose=verbose
        )

    def _get_value(self) -> list[float]:
        return [self._value(value) for value in self.base_values]

    def _value(self, peak: float) -> float:
        """Return the rate of a group with the value `peak` at the current step."""
        step = min(self.last_step, self.total)
        if not peak:
            return 0.0
        if step < self.warmup:
            return self.start + step * (peak - self.start) / self.warmup
        cosine = math.cos(math.pi * step / self.total)
        return self.floor + 0.5 * (peak - self.floor) * (1 + cosine)


def _base_rate(optimizer: Any) -> float:
    """Return the rate of groups without a multiplier, automatic scaling included."""
    groups = optimizer.param_groups
    for group in groups:
        if group.get("lr_mult"):
            return float(group.get("initial_lr", group["lr"]) / group["lr_mult"])
    if len(groups) == 1:
        return float(groups[0].get("initial_lr", groups[0]["lr"]))
    # A wrapper does not expose its optimizer's defaults.
    return float(getattr(optimizer, "optimizer", optimizer).defaults["lr"])
