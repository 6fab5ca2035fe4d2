"""Card of a model: what it was trained on, its license, λ, input and numbers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["model_card"]

_TEMPLATE = Path(__file__).with_name("model_card.md")
_UNKNOWN = "not stated"


def model_card(name: str, facts: Mapping[str, Any]) -> str:
    """Fill in the template of a card.

    Args:
        name: Name of the model.
        facts: Facts under the names of the metafiles: `Task`, `Training Data`,
            `Weights License`, `Semantic Weight`, `Input Size`, `Mean`, `Std`,
            `Results`, `SHA256`. What is missing is said to be not stated.

    Returns:
        Markdown with the header that the Hugging Face hub reads.
    """
    known = {key: value for key, value in facts.items() if value not in (None, "")}
    license_ = str(known.get("Weights License", _UNKNOWN))
    is_free = license_ == "Apache-2.0"
    header = ["license: apache-2.0"]
    if not is_free:
        header = ["license: other", f"license_name: {json.dumps(license_)}"]
    weight = known.get("Semantic Weight")
    text = _TEMPLATE.read_text(encoding="utf-8")
    return text.format(
        name=name,
        license_header="\n".join(header),
        task=known.get("Task", "backbone"),
        weights_license=license_,
        training_data=known.get("Training Data", _UNKNOWN),
        semantic_weight="none; give one at the call" if weight is None else weight,
        size=known.get("Input Size", _UNKNOWN),
        mean=known.get("Mean", _UNKNOWN),
        std=known.get("Std", _UNKNOWN),
        results=_results(known.get("Results")),
        sha256=known.get("SHA256", _UNKNOWN),
    )


def _results(results: Any) -> str:
    """Rows of the metafile's results, one metric per row."""
    rows = [
        f"| {entry.get('Dataset', _UNKNOWN)} | {metric} | {value} |"
        for entry in results or ()
        for metric, value in (entry.get("Metrics") or {}).items()
    ]
    if not rows:
        return "No numbers are recorded for these weights."
    return "\n".join(["| Data and split | Metric | Value |", "|---|---|---|", *rows])
