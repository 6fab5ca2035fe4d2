"""Plots of what was measured over λ."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from solider_mm.visualization.figure_file import write_figure

__all__ = ["plot_search", "plot_semantic_weight", "plot_sweep"]

CELL = (3.2, 2.6)  # inches, (width, height)
DPI = 110
NUM_COLUMNS = 3
BY_LABELS = "part_probe_labels_"  # then the number of labeled images


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
    "pose_probe": _Look("Joints, linear probe", "found (%)"),
    "identity_map": _Look("Identities across cameras, mAP", "mAP (%)"),
    "identity_rank1": _Look("Identities across cameras, Rank-1", "Rank-1 (%)"),
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
    counted = [name for name in results[weights[0]] if name.startswith(BY_LABELS)]
    panels = len(names) + bool(counted)
    columns = min(panels, NUM_COLUMNS)
    rows = math.ceil(panels / NUM_COLUMNS)
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
    if counted:
        axes = figure.add_subplot(rows, columns, panels)
        _plot_label_counts(axes, results, counted)
    return write_figure(figure, out)


def _plot_label_counts(
    axes: Axes, results: Mapping[float, Mapping[str, Interval]], names: Sequence[str]
) -> None:
    """Part probe over the number of labeled images, at the smallest and largest λ."""
    numbers = [int(name.removeprefix(BY_LABELS)) for name in names]
    for weight in sorted({min(results), max(results)}):
        found = [results[weight][name] for name in names]
        axes.fill_between(
            numbers, [e.low for e in found], [e.high for e in found], alpha=0.2
        )
        axes.plot(
            numbers,
            [e.value for e in found],
            marker="o",
            markersize=3,
            label=f"λ = {weight:g}",
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.minorticks_off()
    axes.set_title("Parts, by labeled images", fontsize=10)
    axes.set_ylabel("mIoU (%)")
    axes.set_xlabel("labeled images")
    axes.legend(fontsize=8)


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
    values: Mapping[str, Mapping[float, Sequence[float]]], name: str, out: str | Path
) -> Path:
    """Plot the mean over seeds of every variant, and every seed as a point.

    Args:
        values: Variant to λ to one value per seed.
        name: Name of the metric.
        out: Picture to write; its suffix gives the format.

    Returns:
        The path written.
    """
    figure = Figure((2.0 + 0.8 * len(values), 3.4), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for weight in sorted({w for by_weight in values.values() for w in by_weight}):
        seeds = [list(by_weight[weight]) for by_weight in values.values()]
        means = [sum(numbers) / len(numbers) for numbers in seeds]
        (line,) = axes.plot(means, marker="o", label=f"λ = {weight:g}")
        for place, numbers in enumerate(seeds):
            axes.scatter([place] * len(numbers), numbers, color=line.get_color(), s=8)
    # One line per axis: `a=1_b=2` is the name of a work folder.
    titles = [re.sub(r"(=[^=]*?)_(?=[^=]+=)", r"\1\n", title) for title in values]
    axes.set_xticks(range(len(values)), titles, rotation=30, ha="right", fontsize=8)
    look = LOOKS.get(name, _Look(name, name))
    axes.set_title(look.title, fontsize=10)
    axes.set_ylabel(look.unit)
    axes.legend(fontsize=8)
    return write_figure(figure, out)
