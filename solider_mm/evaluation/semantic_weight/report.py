"""Results of the probe as a table and as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from solider_mm.evaluation.semantic_weight.bootstrap import Estimate
from solider_mm.evaluation.semantic_weight.names import PROBES, label_count

__all__ = ["format_probe", "probe_as_dict"]

WIDTH = 22

Estimates = Mapping[str, Estimate]


def format_probe(
    results: Mapping[float, Estimates],
    effect: Estimates,
    baseline: Estimates | None = None,
) -> str:
    """Lay out one row per λ, with 95 % intervals in brackets.

    Args:
        results: λ to estimates, from `probe_semantic_weight`.
        effect: Estimates from `compare_ends`; may be empty.
        baseline: Estimates of other weights, from `probe_semantic_weight`.

    Returns:
        A table of plain text, and another one of the parts by the number of labeled
        images, where these were measured.
    """
    measured = results[min(results)]
    names = [name for name in PROBES if name in measured]
    counts = {name: label_count(name) for name in measured}
    counted = {name: f"{n} labeled" for name, n in counts.items() if n is not None}
    rows = {f"{weight:g}": found for weight, found in sorted(results.items())}
    if baseline is not None:
        rows["baseline"] = baseline
    if effect:
        rows[f"{max(results):g} vs {min(results):g}"] = effect
    lines = _table({name: name for name in names}, rows)
    lines += [f"  {name}: {PROBES[name]}" for name in names]
    if effect:
        lines.append("  last row: ratio of part_geometry, difference of the others")
    if counted:
        lines += ["", "parts by a linear classifier, mIoU in %, by labeled images"]
        lines += _table(counted, rows)
    return "\n".join(lines)


def probe_as_dict(
    results: Mapping[float, Estimates],
    effect: Estimates,
    baseline: Estimates | None = None,
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


def _table(titles: Mapping[str, str], rows: Mapping[str, Estimates]) -> list[str]:
    head = "λ".ljust(10) + "".join(title.rjust(WIDTH) for title in titles.values())
    return [head, *(_row(title, found, list(titles)) for title, found in rows.items())]


def _row(title: str, estimates: Estimates, names: Sequence[str]) -> str:
    cells = []
    for name in names:
        value, low, high, _ = estimates[name]
        digits = 3 if name == "part_geometry" else 1
        cells.append(f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]")
    return title.ljust(10) + "".join(cell.rjust(WIDTH) for cell in cells)


def _plain(estimates: Estimates) -> dict[str, Any]:
    return {name: estimate.as_dict() for name, estimate in estimates.items()}
