"""Plots of what was measured over λ."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from solider_mm.visualization.figure_file import write_figure

__all__ = ["plot_search", "plot_semantic_weight", "plot_sweep"]

CELL = (3.2, 2.6)  # inches, (width, height)
DPI = 110
NUM_COLUMNS = 3


class Interval(Protocol):
    """A value with the ends of its interval."""

    @property
    def value(self) -> float:
        """Value of the data."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""

    @property
    def high(self) -> float:
        """Upper end of the interval."""


class _Look(NamedTuple):
    title: str
    unit: str


LOOKS = {
    "part_geometry": _Look("Part geometry", "ρ"),
    "part_probe": _Look("Parts, linear probe", "mIoU (%)"),
    "part_probe_few": _Look("Parts, 8 labeled images", "mIoU (%)"),
    "identity_map": _Look("Identities across cameras", "mAP (%)"),
    "identity_rank1": _Look("Identities across cameras", "Rank-1 (%)"),
    "attribute_probe": _Look("Attributes, linear probe", "mA (%)"),
}


def plot_semantic_weight(
    results: Mapping[float, Mapping[str, Interval]],
    out: str | Path,
    baseline: Mapping[str, Interval] | None = None,
) -> Path:
    """Plot every probe over λ, with its 95 % band.

    Args:
        results: λ to estimates by name of the probe.
        out: Picture to write; its suffix gives the format.
        baseline: Estimates of other weights, as dashed lines.

    Returns:
        The path written.
    """
    weights = sorted(results)
    names = [name for name in LOOKS if name in results[weights[0]]]
    columns = min(len(names), NUM_COLUMNS)
    rows = math.ceil(len(names) / NUM_COLUMNS)
    size = (CELL[0] * columns, CELL[1] * rows)
    figure = Figure(size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for index, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, index + 1)
        estimates = [results[weight][name] for weight in weights]
        axes.fill_between(
            weights, [e.low for e in estimates], [e.high for e in estimates], alpha=0.2
        )
        axes.plot(weights, [e.value for e in estimates], marker="o", markersize=3)
        if baseline is not None:
            axes.axhline(baseline[name].value, color="#666666", linestyle="--")
        axes.set_title(LOOKS[name].title, fontsize=10)
        axes.set_ylabel(LOOKS[name].unit)
        axes.set_xlabel("λ")
    return write_figure(figure, out)


def plot_search(
    metrics: Mapping[float, float], best: float, name: str, out: str | Path
) -> Path:
    """Plot a metric over λ and mark the best value.

    Args:
        metrics: λ to metric.
        best: λ to mark.
        name: Name of the metric.
        out: Picture to write; its suffix gives the format.

    Returns:
        The path written.
    """
    figure = Figure((4.4, 3.0), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    weights = sorted(metrics)
    axes.plot(weights, [metrics[weight] for weight in weights], marker="o")
    axes.axvline(best, color="#666666", linestyle="--")
    axes.set_xlabel("λ")
    axes.set_ylabel(name)
    axes.set_title(f"best at λ = {best:g}", fontsize=10)
    return write_figure(figure, out)


def plot_sweep(
    values: Mapping[str, Sequence[float]], name: str, out: str | Path
) -> Path:
    """Plot the mean over seeds of every variant, and every seed as a point.

    Args:
        values: Variant to one value per seed.
        name: Name of the metric.
        out: Picture to write; its suffix gives the format.

    Returns:
        The path written.
    """
    figure = Figure((1.6 + 0.8 * len(values), 3.2), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    places = range(len(values))
    means = [sum(numbers) / len(numbers) for numbers in values.values()]
    axes.plot(places, means, marker="o")
    for place, numbers in zip(places, values.values(), strict=True):
        axes.scatter([place] * len(numbers), numbers, color="#666666", s=8)
    axes.set_xticks(list(places), list(values), rotation=30, ha="right")
    axes.set_ylabel(name)
    return write_figure(figure, out)
