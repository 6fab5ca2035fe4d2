"""Draws a training log: losses, health figures and schedules on one page."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from solider_mm.visualization.figure_file import write_figure
from solider_mm.visualization.training_log import TrainingLog, read_training_log
from solider_mm.visualization.training_panels import PANELS, Curve, Panel

__all__ = ["plot_training", "plot_training_curves"]

GRAY = "#666666"
NUM_COLUMNS = 3
CELL = (4.4, 2.7)  # inches, (width, height)
DPI = 110


def plot_training(paths: Sequence[str | Path], out: str | Path) -> Path:
    """Draw the curves of one or more stages into a picture file.

    Args:
        paths: Work folders or scalar files, in the order of the stages.
        out: The picture; its suffix gives the format.

    Returns:
        The path written.

    Raises:
        FileNotFoundError: If one of them holds no training log.
    """
    figure = plot_training_curves([read_training_log(path) for path in paths])
    return write_figure(figure, out)


def plot_training_curves(stages: Sequence[TrainingLog]) -> Figure:
    """Draw the log of one or more stages, one after the other.

    Panels whose figures were not logged are left out.

    Args:
        stages: Logs in the order in which they were trained; the iterations of a stage
            continue those before it.

    Returns:
        A figure with its own Agg canvas; pyplot is not touched.

    Raises:
        ValueError: If no stage holds anything to draw.
    """
    panels = [
        panel
        for panel in PANELS
        if any(len(s.series(*c.keys)[0]) for s in stages for c in panel.curves)
    ]
    if not panels:
        raise ValueError(
            f"{len(stages)} logs hold none of the known figures; pass logs of a "
            "pretraining run."
        )
    num_rows = math.ceil(len(panels) / NUM_COLUMNS)
    size = (CELL[0] * min(NUM_COLUMNS, len(panels)), CELL[1] * num_rows + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    bounds = np.cumsum([0.0, *(stage.records[-1]["iter"] for stage in stages)])
    for index, panel in enumerate(panels):
        axes = figure.add_subplot(num_rows, min(NUM_COLUMNS, len(panels)), index + 1)
        _draw_panel(axes, panel, stages, bounds)
    figure.suptitle(_describe(stages, bounds) + "\n", fontsize=11)
    return figure


def _describe(stages: Sequence[TrainingLog], bounds: NDArray[Any]) -> str:
    spans = [
        f"{stage.name} (iterations {start + 1:,.0f}–{end:,.0f})"
        for stage, (start, end) in zip(stages, itertools.pairwise(bounds), strict=True)
    ]
    return "Training curves: " + ", then ".join(spans)


def _draw_panel(
    axes: Axes, panel: Panel, stages: Sequence[TrainingLog], bounds: NDArray[Any]
) -> None:
    levels: dict[float, tuple[float, float]] = {}
    spans = list(itertools.pairwise(bounds))
    for number, (stage, (start, end)) in enumerate(zip(stages, spans, strict=True)):
        drawn = [
            _draw_curve(axes, stage.series(*curve.keys), curve, start, panel.noisy)
            for curve in panel.curves
        ]
        level = _reference_level(panel, stage)
        if level is not None and any(drawn):
            axes.plot([start, end], [level, level], ":", color=GRAY, linewidth=1.2)
            levels[level] = (start, end)
        if number % 2:
            axes.axvspan(start, end, color="#eeeeee", zorder=0, linewidth=0)
    for level, (start, end) in levels.items():
        _name_level(axes, f"{panel.reference} = {level:.2f}", level, start, end)
    _dress(axes, panel, bounds[-1])


def _name_level(axes: Axes, text: str, level: float, start: float, end: float) -> None:
    """Write on the line, at its end if there is room to the left of it."""
    at_end = end > 0.3 * axes.dataLim.x1
    axes.annotate(
        text,
        (end if at_end else start, level),
        xytext=(-3 if at_end else 3, 3),
        textcoords="offset points",
        ha="right" if at_end else "left",
        fontsize=8,
        color=GRAY,
    )


def _draw_curve(
    axes: Axes,
    series: tuple[NDArray[Any], NDArray[Any]],
    curve: Curve,
    start: float,
    noisy: bool,
) -> bool:
    """Thin line for the readings, thick for their moving mean; crosses for NaN."""
    iterations, values = series
    if not len(values):
        return False
    x, finite = iterations + start, np.isfinite(values)
    smooth = _moving_mean(values[finite]) if noisy else values[finite]
    if noisy:
        axes.plot(
            x[finite],
            values[finite],
            color=curve.color,
            alpha=0.3,
            linewidth=0.8,
            label="_readings",
        )
    repeated = curve.label in axes.get_legend_handles_labels()[1]
    label = f"_{curve.label}" if repeated else curve.label
    axes.plot(x[finite], smooth, color=curve.color, linewidth=1.8, label=label)
    if not finite.all():
        height = np.full((~finite).sum(), 0.03)
        axes.plot(
            x[~finite],
            height,
            "x",
            color="black",
            transform=axes.get_xaxis_transform(),
            label="not finite",
        )
    return True


def _moving_mean(values: NDArray[Any]) -> NDArray[Any]:
    """Centered mean over about a fiftieth of the run; short runs stay as they are."""
    half = len(values) // 100
    if half == 0:
        return values
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    low = np.maximum(index - half, 0)
    high = np.minimum(index + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _reference_level(panel: Panel, stage: TrainingLog) -> float | None:
    """Height of chance: ln K or ln(N + 1); None if the run's config does not say."""
    if panel.reference == "ln K" and stage.num_prototypes:
        return math.log(stage.num_prototypes)
    if panel.reference == "ln(N + 1)" and stage.num_parts:
        return math.log(stage.num_parts + 1)
    return None


def _dress(axes: Axes, panel: Panel, last: float) -> None:
    axes.set_title(panel.title, fontsize=10.5, loc="left", fontweight="bold")
    axes.set_xlabel("iteration", fontsize=9)
    axes.set_ylabel(panel.unit, fontsize=9)
    axes.set_xlim(0, last)
    if panel.limits:
        axes.set_ylim(*panel.limits)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(labelsize=8.5)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    labels = axes.get_legend_handles_labels()[1]
    if len(labels) > 1:
        axes.legend(fontsize=8, frameon=False)
