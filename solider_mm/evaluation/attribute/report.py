"""Per-attribute report: content, text table and JSON file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.fileio.json_file import write_json

__all__ = [
    "SUMMARY_METRICS",
    "attribute_report",
    "format_attribute_report",
    "read_attribute_report",
    "write_attribute_report",
]

SUMMARY_METRICS = ("mA", "accuracy", "precision", "recall", "f1")
_RATIOS = (
    "mA",
    "positive_recall",
    "negative_recall",
    "precision",
    "accuracy",
    "f1",
)
_COUNTS = ("positives", "negatives", "false_negatives", "false_positives")
_COLUMNS = {
    "mA": "mA",
    "positive_recall": "recall+",
    "negative_recall": "recall-",
    "precision": "precision",
    "f1": "F1",
}


def attribute_report(
    scores: Mapping[str, Any],
    names: Sequence[str],
    *,
    num_images: int,
    threshold: float,
    cross_entropy: float | None = None,
) -> dict[str, Any]:
    """Arrange the scores attribute by attribute, in percent.

    Args:
        scores: Result of `attribute_scores` for A attributes.
        names: Names of the A attributes, in the same order.
        num_images: Number of evaluated images.
        threshold: Decision threshold.
        cross_entropy: Mean weighted loss of the images, or None if unknown.

    Returns:
        `summary` in percent, `cross_entropy`, `threshold`, `num_images`, and
        `attributes`: one dict each with `name`, percentages and counts.
    """
    attributes = [
        {
            "name": name,
            **{key: 100 * float(scores[f"label_{key}"][i]) for key in _RATIOS},
            **{key: int(scores[f"label_{key}"][i]) for key in _COUNTS},
        }
        for i, name in enumerate(names)
    ]
    return {
        "summary": {key: 100 * float(scores[key]) for key in SUMMARY_METRICS},
        "cross_entropy": cross_entropy,
        "threshold": threshold,
        "num_images": num_images,
        "attributes": attributes,
    }


def format_attribute_report(report: Mapping[str, Any]) -> str:
    """Format a report as plain text, one attribute per line.

    Args:
        report: Result of `attribute_report` or `read_attribute_report`.

    Returns:
        Text table. Attributes without positives or without negatives are marked, since
        half of their mA is 0 by definition.
    """
    attributes = report["attributes"]
    width = max(len("attribute"), *(len(row["name"]) for row in attributes))
    head = "".join(title.rjust(11) for title in (*_COLUMNS.values(), "positives"))
    lines = [f"{'attribute'.ljust(width)}{head}"]
    for row in attributes:
        values = "".join(f"{row[key]:11.2f}" for key in _COLUMNS)
        lines.append(
            f"{row['name'].ljust(width)}{values}{row['positives']:11d}{_remark(row)}"
        )
    summary = "  ".join(
        f"{key} {value:.2f}" for key, value in report["summary"].items()
    )
    loss = report["cross_entropy"]
    tail = "" if loss is None else f"  cross-entropy {loss:.4f}"
    return "\n".join(
        [
            *lines,
            f"{summary}{tail}  ({report['num_images']} images, "
            f"threshold {report['threshold']:g})",
        ]
    )


def _remark(row: Mapping[str, Any]) -> str:
    for kind in ("positives", "negatives"):
        if row[kind] == 0:
            return f"   no {kind}: mA counts half"
    return ""


def write_attribute_report(report: Mapping[str, Any], path: str | Path) -> Path:
    """Write a report as JSON, atomically.

    Args:
        report: Result of `attribute_report`.
        path: File to write; missing folders are created.

    Returns:
        Path of the written file.
    """
    write_json(path, report, indent=1)
    return Path(path)


def read_attribute_report(path: str | Path) -> dict[str, Any]:
    """Read a report written by the metric.

    Args:
        path: JSON file.

    Returns:
        The report.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is not an attribute report.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"report {str(path)!r} does not exist: write one by testing with "
            "--cfg-options test_evaluator.report_file=FILE"
        )
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            [row[key] for key in (*_RATIOS, *_COUNTS)] for row in report["attributes"]
        ]
        complete = bool(rows) and bool(np.isfinite(rows).all())
        complete = complete and {*SUMMARY_METRICS} <= set(report["summary"])
        complete = complete and {"cross_entropy", "threshold", "num_images"} <= set(
            report
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(_not_a_report(path)) from error
    if not complete:
        raise ValueError(_not_a_report(path))
    return report


def _not_a_report(path: Path) -> str:
    return (
        f"{str(path)!r} is not an attribute report: expected the JSON that "
        "PedestrianAttributeMetric writes to report_file"
    )
