"""Schedules of the teacher."""

import math


def cosine_value(start: float, end: float, step: int, num_steps: int) -> float:
    """Value of a half cosine from ``start`` (step 0) toward ``end``.

    ``end`` itself would be reached at ``step == num_steps``, one step after the last.

    Args:
        start: Value at step 0.
        end: Value that is approached.
        step: Current step, 0-based.
        num_steps: Steps of the whole schedule.

    Returns:
        The value at ``step``.

    Source:
        docs/reference.md §2.6; tests/data/golden/schedules.npz.
    """
    if num_steps <= 0:
        return end
    cosine = math.cos(math.pi * min(step, num_steps) / num_steps)
    return end + 0.5 * (start - end) * (1 + cosine)


def warmup_value(start: float, end: float, step: int, num_steps: int) -> float:
    """Value of a straight line whose last warm-up step already has ``end``.

    Args:
        start: Value at step 0.
        end: Value at step ``num_steps − 1`` and later.
        step: Current step, 0-based.
        num_steps: Steps of the warm-up; 0 or 1 give ``end`` at once for 0 and
            ``start`` for the only step of 1.

    Returns:
        The value at ``step``.
    """
    if step >= num_steps:
        return end
    if num_steps == 1:
        return start
    return start + (end - start) * step / (num_steps - 1)
