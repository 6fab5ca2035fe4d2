"""Bar chart of an attribute report: mean accuracy and recalls per attribute."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from solider_mm.visualization.palette import PART_COLORS, as_hex

__all__ = ["plot_attribute_report"]

_BAR, _MEAN = as_hex(PART_COLORS[5]), as_hex(PART_COLORS[6])
_GRAY = "#666666"
_INCHES_PER_ROW = 0.22
_DPI = 110


def plot_attribute_report(report: Mapping[str, Any]) -> Figure:
    """Plot one bar per attribute, best on top, with its two recalls as marks.

    Args:
        report: Report with `attributes` (`name`, `mA`, `positive_recall`,
            `negative_recall`, `positives`), `summary` (`mA`) and `num_images`. Ratios
            are in percent.

    Returns:
        Figure with its own Agg canvas; pyplot is not used.

    Raises:
        ValueError: If the report has no attribute.
    """
    rows = sorted(report["attributes"], key=lambda row: row["mA"])
    if not rows:
        raise ValueError("the report has 0 attributes: expected at least one")
    figure = Figure(
        figsize=(7.5, 1.4 + _INCHES_PER_ROW * len(rows)), dpi=_DPI, layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    positions = np.arange(len(rows))
    names = [f"{row['name']} ({row['positives']})" for row in rows]
    axes.barh(
        positions, [row["mA"] for row in rows], color=_BAR, alpha=0.75, label="mA"
    )
    for key, marker, label in (
        ("positive_recall", ">", "recall of positives"),
        ("negative_recall", "<", "recall of negatives"),
    ):
        values = [row[key] for row in rows]
        axes.plot(values, positions, marker, color=_GRAY, markersize=4, label=label)
    mean = report["summary"]["mA"]
    axes.axvline(mean, color=_MEAN, linewidth=1.2, label=f"mean, {mean:.2f}")
    axes.axvline(50, color=_GRAY, linewidth=0.8, linestyle=":", label="chance")
    axes.set_yticks(positions, names, fontsize=8)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel("% of the images (number of positives in brackets)")
    axes.set_title(f"Attributes of {report['num_images']} images", fontsize=11)
    figure.legend(loc="outside lower center", ncols=5, fontsize=7, frameon=False)
    return figure
