"""The learning rate of the reference: warm-up, then a cosine that is not shifted."""

import math
from typing import Any

from mmengine.optim import OptimWrapper

# The base of all of mmengine's schedulers has no public name.
from mmengine.optim.scheduler.param_scheduler import INF, _ParamScheduler
from torch.optim import Optimizer

from solider_mm.registry import PARAM_SCHEDULERS

__all__ = ["UnshiftedCosineLR"]


@PARAM_SCHEDULERS.register_module()
class UnshiftedCosineLR(_ParamScheduler):
    """Linear warm-up, then a cosine counted from the start of training.

    With b the base rate of the optimizer and v that of a group (b times its
    `lr_mult`), at step t, 0-based::

        t < warmup:  s + t (v − s) / warmup,                 s = start_fraction · b
        else:         f + ½ (v − f) (1 + cos(π t / total)),    f = floor_fraction · b

    s and f are the same for all groups. The cosine has fallen for `warmup` steps
    when it takes over, so the rate drops there and never reaches v. A group with v = 0
    stays at 0.

    Args:
        optimizer: Given by the runner.
        total: Steps of the whole schedule; later ones keep the floor.
        warmup: Steps of the warm-up.
        start_fraction: Of b, the rate of step 0.
        floor_fraction: Of b, the rate at the end.
        begin: First step in which the scheduler acts; t is counted from it.
        end: Step from which it leaves the rates as they are; the runner's default is
            the end of training.
        by_epoch: Step by epoch, as the reference does, or by iteration.
        last_step: See mmengine.
        verbose: Log every change.

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
                "shorten the warm-up or train longer."
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
        """Rate of a group with the value `peak` at the current step."""
        step = min(self.last_step, self.total)
        if not peak:
            return 0.0
        if step < self.warmup:
            return self.start + step * (peak - self.start) / self.warmup
        cosine = math.cos(math.pi * step / self.total)
        return self.floor + 0.5 * (peak - self.floor) * (1 + cosine)


def _base_rate(optimizer: Any) -> float:
    """The rate that groups without a factor have, automatic scaling included."""
    groups = optimizer.param_groups
    for group in groups:
        if group.get("lr_mult"):
            return float(group.get("initial_lr", group["lr"]) / group["lr_mult"])
    if len(groups) == 1:
        return float(groups[0].get("initial_lr", groups[0]["lr"]))
    # A wrapper does not pass its optimizer's defaults on.
    return float(getattr(optimizer, "optimizer", optimizer).defaults["lr"])
