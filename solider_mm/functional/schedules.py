"""Schedules of the teacher's temperature and momentum."""

import math


def cosine_value(start: float, end: float, step: int, num_steps: int) -> float:
    """Value of a half cosine from `start` at step 0 toward `end`.

    It would reach `end` at step `num_steps`, one step after the last.

    Args:
        start: Value at step 0.
        end: Value that is approached.
        step: Current step, 0-based.
        num_steps: Number of steps of the whole schedule.

    Returns:
        Value at the step.

    Source:
        docs/reference.md §2.6; tests/data/golden/schedules.npz.
    """
    if num_steps <= 0:
        return end
    cosine = math.cos(math.pi * min(step, num_steps) / num_steps)
    return end + 0.5 * (start - end) * (1 + cosine)


def warmup_value(start: float, end: float, step: int, num_steps: int) -> float:
    """Value of a linear warm-up whose last step has the value `end`.

    Args:
        start: Value at step 0.
        end: Value at step `num_steps` − 1 and later.
        step: Current step, 0-based.
        num_steps: Number of steps of the warm-up. With 0, every step has the value
            `end`; with 1, step 0 has the value `start`.

    Returns:
        Value at the step.
    """
    if step >= num_steps:
        return end
    if num_steps == 1:
        return start
    return start + (end - start) * step / (num_steps - 1)
