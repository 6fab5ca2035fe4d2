"""Models by name: what the metafiles list.

Neither torch nor mmengine is imported.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ModelEntry", "find_model", "list_models", "project_root"]

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class ModelEntry:
    """One model of the metafiles.

    Attributes:
        name: Unique name, for example `reid_solider-swin-nano_…_synthetic-64x32`.
        task: `reid`, `attribute`, `pedestrian_detection`, `person_search`,
            `human_parsing`, `human_pose` or `pretrain`: the folder of its config.
        config: Path of its config.
        weights: Path or URL; None if no weights are published.
        metadata: What the metafile says: training data, λ, input size, mean, std,
            license and SHA-256 of the weights.
    """

    name: str
    task: str
    config: Path
    weights: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str | None:
        """Checksum of the weights."""
        value = self.metadata.get("SHA256")
        return None if value is None else str(value)


def project_root() -> Path:
    """Folder with `model-index.yml` and `configs`: the clone, or `.mim`.

    Returns:
        The folder.

    Raises:
        FileNotFoundError: If the installation has neither.
    """
    for root in (_PACKAGE.parent, _PACKAGE / ".mim"):
        if (root / "model-index.yml").is_file():
            return root
    raise FileNotFoundError(
        f"no model-index.yml beside {_PACKAGE.name} or in its .mim folder: install "
        "the package again, with pip from a clone"
    )


@lru_cache(maxsize=1)
def _entries() -> dict[str, ModelEntry]:
    root = project_root()
    index = yaml.safe_load((root / "model-index.yml").read_text(encoding="utf-8"))
    entries: dict[str, ModelEntry] = {}
    for metafile in index["Import"]:
        content = yaml.safe_load((root / metafile).read_text(encoding="utf-8"))
        for model in content.get("Models") or []:
            entry = ModelEntry(
                name=model["Name"],
                task=Path(metafile).parent.name,
                config=root / model["Config"],
                weights=_located(root, model.get("Weights")),
                metadata=model.get("Metadata") or {},
            )
            entries[entry.name] = entry
    return entries


def _located(root: Path, weights: str | None) -> str | None:
    if weights is None or "://" in weights:
        return weights
    return str(root / weights)


def list_models(task: str | None = None, *, with_weights: bool = False) -> list[str]:
    """Names of the models that the metafiles list.

    Args:
        task: Folder of the configs, for example `"reid"`; None lists all.
        with_weights: Only those whose weights are published.

    Returns:
        Sorted names.

    Raises:
        ValueError: If there is no such task.
    """
    tasks = {entry.task for entry in _entries().values()}
    if task is not None and task not in tasks:
        raise ValueError(
            f"task is {task!r}, expected one of {', '.join(sorted(tasks))}"
        )
    return sorted(
        entry.name
        for entry in _entries().values()
        if (task is None or entry.task == task)
        and (entry.weights is not None or not with_weights)
    )


def find_model(name: str) -> ModelEntry:
    """Look a model up.

    Args:
        name: Name in the metafiles.

    Returns:
        The entry.

    Raises:
        ValueError: If there is no such model; the nearest names are offered.
    """
    entries = _entries()
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name, entries, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise ValueError(
        f"no model is called {name!r}: {hint}`python -m solider_mm models` lists them"
    )
