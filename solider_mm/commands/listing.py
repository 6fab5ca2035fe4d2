"""List the models by name."""

import sys

from solider_mm.model_index import ModelEntry, find_model, list_models

__all__ = ["print_models"]


def print_models(task: str | None) -> None:
    """Print every model: those with weights first, with their licenses.

    Args:
        task: Folder of the configs, for example `"reid"`; None lists all.
    """
    entries = [find_model(name) for name in list_models(task)]
    entries.sort(key=lambda entry: (entry.weights is None, entry.task, entry.name))
    for entry in entries:
        sys.stdout.write(f"{entry.name}  ({_facts(entry)})\n")


def _facts(entry: ModelEntry) -> str:
    facts = [entry.task]
    weight = entry.metadata.get("Semantic Weight")
    if weight is not None:
        facts.append(f"λ = {weight}")
    if entry.weights is None:
        facts.append("no weights published")
    else:
        given = entry.metadata.get("Weights License", "see its page")
        facts.append(f"weights: {given}")
    return "; ".join(facts)
