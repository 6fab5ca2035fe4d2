"""Search the λ at which a metric is best: a grid, then bounded minimization."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = [
    "SearchResult",
    "is_greater_better",
    "noise_warning",
    "search_semantic_weight",
]

DIGITS = 4  # of λ; an interrupted search meets the same values again
TOLERANCE = 0.01  # of λ
NEGLIGIBLE = 0.01  # share of the metric
NUM_ERRORS = 2.0  # standard errors that a difference must exceed

# Metrics of which less is better; of all others of the six tasks more is better.
_LESS_IS_BETTER = ("MR", "miss_rate", "loss", "error")


class SearchResult(NamedTuple):
    """Every λ that was evaluated, and the best.

    Attributes:
        best: λ of the best metric; of equal ones the smallest.
        metrics: λ to metric, in rising order of λ.
    """

    best: float
    metrics: dict[float, float]


def is_greater_better(metric: str) -> bool:
    """Whether more of a metric is better.

    Args:
        metric: Name as mmengine logs it, for example `reid/mAP`.

    Returns:
        False for miss rates, losses and errors, True for all others.
    """
    name = metric.rsplit("/", maxsplit=1)[-1]
    return not name.startswith(_LESS_IS_BETTER)


def search_semantic_weight(
    evaluate: Callable[[float], float],
    grid: Sequence[float],
    *,
    greater_is_better: bool = True,
    num_refinements: int = 6,
    finished: Mapping[float, float] | None = None,
) -> SearchResult:
    """Evaluate a grid of λ, then refine between the neighbors of its best value.

    Args:
        evaluate: Metric at a λ; called once per value. What it has to keep for a later
            resume, it writes itself.
        grid: Values of λ, each in [0, 1].
        greater_is_better: Direction of the metric.
        num_refinements: Evaluations after the grid, at most; 0 for the grid alone.
        finished: Metrics that an earlier search has found; not evaluated again.

    Returns:
        The best λ and all metrics.

    Raises:
        ValueError: If the grid is empty or a λ is outside [0, 1].
    """
    if not grid:
        raise ValueError("the grid is empty: pass at least one λ in [0, 1].")
    metrics = dict(finished or {})
    points = sorted({round(check_semantic_weight(weight), DIGITS) for weight in grid})

    def cost(weight: float) -> float:
        weight = round(float(weight), DIGITS)
        if weight not in metrics:
            metrics[weight] = evaluate(weight)
        return -metrics[weight] if greater_is_better else metrics[weight]

    costs = [cost(weight) for weight in points]
    place = costs.index(min(costs))
    low, high = points[max(place - 1, 0)], points[min(place + 1, len(points) - 1)]
    if num_refinements > 0 and low < high:
        minimize_scalar(
            cost,
            bounds=(low, high),
            method="bounded",
            options={"maxiter": num_refinements, "xatol": TOLERANCE},
        )
    ordered = dict(sorted(metrics.items()))
    return SearchResult(min(ordered, key=cost), ordered)


def noise_warning(values: Mapping[float, Sequence[float]]) -> str:
    """Judge whether the differences between values of λ are more than noise.

    With several seeds the noise is that of the seeds. With one value per λ it is what
    remains beside a parabola over λ.

    Args:
        values: λ to one value of the metric per seed.

    Returns:
        A sentence, or an empty string where the differences are larger than the noise.
    """
    means = np.array([np.mean(numbers) for numbers in values.values()])
    gap = float(means.max() - means.min())
    numbers = min(len(seeds) for seeds in values.values())
    if len(means) < 2:
        return ""
    if gap <= NEGLIGIBLE * abs(float(means.max())):
        return (
            f"All values lie within {gap:.4f}, less than {NEGLIGIBLE:.1%} of the "
            "metric: λ hardly matters for this model."
        )
    if numbers > 1:
        variance = np.mean([np.var(seeds, ddof=1) for seeds in values.values()])
        error = float(np.sqrt(2 * variance / numbers))
        source = f"{numbers} seeds"
    elif len(means) > 4:
        curve = np.polynomial.Polynomial.fit(list(values), means, 2)
        residuals = means - curve(np.array(list(values)))
        error = float(np.sqrt(2 * np.sum(residuals**2) / (len(means) - 3)))
        source = "the scatter about a smooth curve"
    else:
        return ""
    if gap > NUM_ERRORS * error:
        return ""
    return (
        f"The values differ by {gap:.4f} at most, which is within the noise "
        f"({NUM_ERRORS:g} standard errors of {error:.4f}, from {source}): the best λ "
        "is not established; add seeds or test images."
    )
