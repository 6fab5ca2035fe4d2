"""Results of the probe as a table and as plain values."""

from collections.abc import Mapping
from typing import Any

from solider_mm.evaluation.semantic_weight.bootstrap import Estimate
from solider_mm.evaluation.semantic_weight.probe import PROBES

__all__ = ["format_probe", "probe_as_dict"]

WIDTH = 22


def format_probe(
    results: Mapping[float, Mapping[str, Estimate]],
    effect: Mapping[str, Estimate],
    baseline: Mapping[str, Estimate] | None = None,
) -> str:
    """Lay out one row per λ, with 95 % intervals in brackets.

    Args:
        results: λ to estimates, from `probe_semantic_weight`.
        effect: Estimates from `compare_ends`; may be empty.
        baseline: Estimates of other weights, from `probe_semantic_weight`.

    Returns:
        A table of plain text.
    """
    lines = ["λ".ljust(10) + "".join(name.rjust(WIDTH) for name in PROBES)]
    for weight, estimates in sorted(results.items()):
        lines.append(_row(f"{weight:g}", estimates))
    if baseline is not None:
        lines.append(_row("baseline", baseline))
    if effect:
        lines.append(_row(f"{max(results):g} vs {min(results):g}", effect))
    lines += [f"  {name}: {meaning}" for name, meaning in PROBES.items()]
    if effect:
        lines.append("  last row: ratio of part_geometry, difference of the others")
    return "\n".join(lines)


def probe_as_dict(
    results: Mapping[float, Mapping[str, Estimate]],
    effect: Mapping[str, Estimate],
    baseline: Mapping[str, Estimate] | None = None,
) -> dict[str, Any]:
    """Values and intervals for a JSON file.

    Args:
        results: λ to estimates, from `probe_semantic_weight`.
        effect: Estimates from `compare_ends`; may be empty.
        baseline: Estimates of other weights.

    Returns:
        `results`: one entry per λ with `semantic_weight` and the probes; `effect` and
        `baseline`: the probes.
    """
    content: dict[str, Any] = {
        "results": [
            {"semantic_weight": weight, **_plain(estimates)}
            for weight, estimates in sorted(results.items())
        ]
    }
    if effect:
        ends = {"from": min(results), "to": max(results)}
        content["effect"] = ends | _plain(effect)
    if baseline is not None:
        content["baseline"] = _plain(baseline)
    return content


def _row(title: str, estimates: Mapping[str, Estimate]) -> str:
    cells = []
    for name in PROBES:
        value, low, high, _ = estimates[name]
        digits = 3 if name == "part_geometry" else 1
        cells.append(f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]")
    return title.ljust(10) + "".join(cell.rjust(WIDTH) for cell in cells)


def _plain(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: estimate.as_dict() for name, estimate in estimates.items()}
