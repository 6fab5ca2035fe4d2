"""Bootstrap intervals of statistics that are functions of resampling counts."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Estimate", "Statistic", "estimate", "resampling_counts"]

Statistic = Callable[[Tensor], Tensor]
"""Maps counts (R, n), how often each unit was resampled, to values (R,)."""

LEVEL = 0.95


class Estimate(NamedTuple):
    """A value and its bootstrap interval.

    Attributes:
        value: Statistic of the data as they are.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        resampled: Statistic of every resample, (R,), for paired comparisons.
    """

    value: float
    low: float
    high: float
    resampled: Tensor

    def minus(self, other: "Estimate") -> "Estimate":
        """Difference of two statistics of the same resamples."""
        return _summarize(self.value - other.value, self.resampled - other.resampled)

    def over(self, other: "Estimate") -> "Estimate":
        """Ratio of two statistics of the same resamples."""
        return _summarize(self.value / other.value, self.resampled / other.resampled)

    def as_dict(self) -> dict[str, float | list[float]]:
        """Plain values for a JSON file."""
        return {"value": self.value, "interval": [self.low, self.high]}


def resampling_counts(num_units: int, num_resamples: int, seed: int = 0) -> Tensor:
    """Resample units with replacement; the counts of every resample.

    Args:
        num_units: Units n, for example images or identities; at least 2.
        num_resamples: Resamples R.
        seed: Seed of the random numbers.

    Returns:
        Counts (R, n), float64; every row sums to n.

    Raises:
        ValueError: If there are fewer than two units or no resample is asked for.
    """
    if num_units < 2 or num_resamples < 1:
        raise ValueError(
            f"{num_units} units and {num_resamples} resamples were given: expected at "
            "least 2 and 1; measure on more images or identities."
        )
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randint(num_units, (num_resamples, num_units), generator=generator)
    counts = torch.zeros(num_resamples, num_units, dtype=torch.float64)
    return counts.scatter_add_(1, chosen, torch.ones_like(counts))


def estimate(statistic: Statistic, counts: Tensor) -> Estimate:
    """Evaluate a statistic on the data and on all resamples.

    Args:
        statistic: Maps counts (R, n) to values (R,).
        counts: Result of `resampling_counts`.

    Returns:
        The estimate with its 95 % percentile interval.
    """
    value = statistic(torch.ones(1, counts.shape[1], dtype=counts.dtype))
    return _summarize(float(value), statistic(counts))


def _summarize(value: float, resampled: Tensor) -> Estimate:
    tail = (1 - LEVEL) / 2
    ends = torch.tensor([tail, 1 - tail], dtype=resampled.dtype)
    low, high = resampled.nanquantile(ends).tolist()
    return Estimate(value, low, high, resampled)
