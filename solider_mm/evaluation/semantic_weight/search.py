"""Search the λ at which a metric is best: a grid, then bounded minimization."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scipy.optimize import minimize_scalar

from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = ["SearchResult", "is_greater_better", "search_semantic_weight"]

DIGITS = 4  # of λ; an interrupted search meets the same values again
TOLERANCE = 0.01  # of λ

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
