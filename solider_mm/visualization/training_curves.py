"""Plot training logs: losses, collapse indicators and schedules on one page."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from solider_mm.visualization.figure_file import write_figure
from solider_mm.visualization.palette import PART_COLORS, as_hex
from solider_mm.visualization.training_log import TrainingLog, read_training_log

__all__ = ["plot_training", "plot_training_curves"]

GRAY = "#666666"
BLUE, VERMILION = as_hex(PART_COLORS[5]), as_hex(PART_COLORS[6])
NUM_COLUMNS = 3
CELL = (4.4, 2.7)  # inches, (width, height)
DPI = 110


@dataclass(frozen=True)
class Curve:
    """One line of a panel.

    Attributes:
        keys: Names in the log, in order of preference.
        label: Text in the legend.
        color: Color of the line.
    """

    keys: tuple[str, ...]
    label: str
    color: str = BLUE


@dataclass(frozen=True)
class Panel:
    """One set of axes.

    Attributes:
        title: Title of the panel.
        unit: Label of the y axis.
        curves: Curves of the panel.
        reference: Chance level to plot: `'ln K'`, `'ln(N + 1)'` or none.
        limits: Range of the y axis; None fits the data.
        noisy: Whether to plot a moving mean over the values.
    """

    title: str
    unit: str
    curves: tuple[Curve, ...]
    reference: str = ""
    limits: tuple[float, float] | None = None
    noisy: bool = True


PANELS = (
    Panel(
        "DINO cross-entropy",
        "nats",
        (Curve(("dino_cross_entropy", "loss_dino"), "DINO"),),
        "ln K",
    ),
    Panel(
        "Semantic cross-entropy",
        "nats",
        (Curve(("semantic_cross_entropy", "loss_semantic"), "semantic"),),
        "ln(N + 1)",
    ),
    Panel("Total loss", "weighted sum", (Curve(("loss",), "total"),)),
    Panel("Teacher entropy", "nats", (Curve(("teacher_entropy",), "entropy"),), "ln K"),
    Panel(
        "Feature spread",
        "std of unit features",
        (Curve(("feature_std",), "feature std"),),
    ),
    Panel(
        "Semantic labels",
        "share",
        (
            Curve(("kept_fraction",), "images kept"),
            Curve(("part_balance",), "part balance", VERMILION),
        ),
        limits=(0, 1.05),
    ),
    Panel(
        "λ mix",
        "mean λ of the batch",
        (Curve(("semantic_weight_mean",), "mean λ"),),
        limits=(0, 1.05),
    ),
    Panel(
        "Learning rate", "", (Curve(("lr", "base_lr"), "learning rate"),), noisy=False
    ),
    Panel("Weight decay", "", (Curve(("weight_decay",), "weight decay"),), noisy=False),
    Panel(
        "Teacher momentum", "", (Curve(("teacher_momentum",), "momentum"),), noisy=False
    ),
    Panel(
        "Teacher temperature",
        "",
        (Curve(("teacher_temperature",), "temperature"),),
        noisy=False,
    ),
    Panel(
        "Gradient norm",
        "",
        (Curve(("largest_grad_norm", "grad_norm"), "gradient norm"),),
    ),
)


def plot_training(paths: Sequence[str | Path], out: str | Path) -> Path:
    """Plot the curves of one or more stages to a picture file.

    Args:
        paths: Work folders or scalar files, in the order of the stages.
        out: Picture to write; its suffix determines the format.

    Returns:
        Path of the written file.

    Raises:
        FileNotFoundError: If a path holds no training log.
    """
    figure = plot_training_curves([read_training_log(path) for path in paths])
    return write_figure(figure, out)


def plot_training_curves(stages: Sequence[TrainingLog]) -> Figure:
    """Plot the logs of one or more stages, one after the other.

    Panels without logged values are omitted.

    Args:
        stages: Logs in training order; the iterations of a stage continue those of
            the previous one.

    Returns:
        Figure with its own Agg canvas; pyplot is not used.

    Raises:
        ValueError: If no stage has a known metric.
    """
    panels = [
        panel
        for panel in PANELS
        if any(len(s.series(*c.keys)[0]) for s in stages for c in panel.curves)
    ]
    if not panels:
        raise ValueError(
            f"{len(stages)} logs contain none of the known metrics; pass logs of a "
            "pretraining run."
        )
    num_rows = math.ceil(len(panels) / NUM_COLUMNS)
    size = (CELL[0] * min(NUM_COLUMNS, len(panels)), CELL[1] * num_rows + 0.6)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    bounds = np.cumsum([0.0, *(stage.records[-1]["iter"] for stage in stages)])
    for index, panel in enumerate(panels):
        axes = figure.add_subplot(num_rows, min(NUM_COLUMNS, len(panels)), index + 1)
        _plot_panel(axes, panel, stages, bounds)
    figure.suptitle(_describe(stages, bounds) + "\n", fontsize=11)
    return figure


def _describe(stages: Sequence[TrainingLog], bounds: NDArray[Any]) -> str:
    spans = [
        f"{stage.name} (iterations {start + 1:,.0f}–{end:,.0f})"
        for stage, (start, end) in zip(stages, itertools.pairwise(bounds), strict=True)
    ]
    return "Training curves: " + ", then ".join(spans)


def _plot_panel(
    axes: Axes, panel: Panel, stages: Sequence[TrainingLog], bounds: NDArray[Any]
) -> None:
    levels: dict[float, tuple[float, float]] = {}
    spans = list(itertools.pairwise(bounds))
    for number, (stage, (start, end)) in enumerate(zip(stages, spans, strict=True)):
        plotted = [
            _plot_curve(axes, stage.series(*curve.keys), curve, start, panel.noisy)
            for curve in panel.curves
        ]
        level = _reference_level(panel, stage)
        if level is not None and any(plotted):
            axes.plot([start, end], [level, level], ":", color=GRAY, linewidth=1.2)
            levels[level] = (start, end)
        if number % 2:
            axes.axvspan(start, end, color="#eeeeee", zorder=0, linewidth=0)
    for level, (start, end) in levels.items():
        _label_level(axes, f"{panel.reference} = {level:.2f}", level, start, end)
    _format_axes(axes, panel, bounds[-1])


def _label_level(axes: Axes, text: str, level: float, start: float, end: float) -> None:
    """Label a level at its end if there is room on the left, else at its start."""
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


def _plot_curve(
    axes: Axes,
    series: tuple[NDArray[Any], NDArray[Any]],
    curve: Curve,
    start: float,
    noisy: bool,
) -> bool:
    """Plot values (thin), their moving mean (thick) and crosses for NaN."""
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
            label="_values",
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
    """Return a centered mean over about 2 % of the run; short runs are unchanged."""
    half = len(values) // 100
    if half == 0:
        return values
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    low = np.maximum(index - half, 0)
    high = np.minimum(index + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _reference_level(panel: Panel, stage: TrainingLog) -> float | None:
    """Return the chance level ln K or ln(N + 1); None if the config has none."""
    if panel.reference == "ln K" and stage.num_prototypes:
        return math.log(stage.num_prototypes)
    if panel.reference == "ln(N + 1)" and stage.num_parts:
        return math.log(stage.num_parts + 1)
    return None


def _format_axes(axes: Axes, panel: Panel, last: float) -> None:
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
