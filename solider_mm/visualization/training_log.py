"""Read the scalars that mmengine logged, across resumed and restarted runs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

__all__ = ["TrainingLog", "merge_records", "read_training_log"]

Record = dict[str, float]


@dataclass(frozen=True)
class TrainingLog:
    """Scalars of one training stage.

    Attributes:
        name: Name of the stage in charts.
        records: One dict per logged iteration, in ascending `iter`.
        num_prototypes: K of the DINO head, None if the config has none.
        num_parts: N of the semantic head, None if the config has none.
    """

    name: str
    records: list[Record]
    num_prototypes: int | None = None
    num_parts: int | None = None

    def series(self, *keys: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return iterations and values of the first of `keys` that was logged.

        Args:
            *keys: Names in order of preference.

        Returns:
            Two float arrays of equal length; empty if no key was logged.
        """
        for key in keys:
            found = [(r["iter"], r[key]) for r in self.records if key in r]
            if found:
                iterations, values = np.array(found, dtype=float).T
                return iterations, values
        return np.empty(0), np.empty(0)


def read_training_log(path: str | Path, name: str | None = None) -> TrainingLog:
    """Read a work folder or a file of scalars written by mmengine.

    A work folder has one subfolder per start. If a resumed or restarted run repeats
    iterations of an earlier one, the later run counts.

    Args:
        path: Work folder, or a `*.json` file with one record per line.
        name: Name of the stage; None takes the name of the folder or file.

    Returns:
        The merged log.

    Raises:
        FileNotFoundError: If the path holds no log.
    """
    path = Path(path)
    files = [path] if path.is_file() else sorted(path.glob("*/vis_data/scalars.json"))
    if not files and path.is_dir():
        files = sorted(path.glob("*.json"))
    records = merge_records(_read_records(file) for file in files)
    if not records:
        raise FileNotFoundError(
            f"no training scalars under {path}; expected an mmengine work folder with "
            "<timestamp>/vis_data/scalars.json or a scalars.json with `iter` records."
        )
    configs = [file.with_name("config.py") for file in files]
    num_prototypes, num_parts = _read_sizes([c for c in configs if c.is_file()])
    return TrainingLog(name or path.stem, records, num_prototypes, num_parts)


def merge_records(runs: Iterable[list[Record]]) -> list[Record]:
    """Merge the records of successive starts; repeated iterations are replaced.

    Args:
        runs: Records per start, oldest start first.

    Returns:
        Records in ascending `iter`.
    """
    merged: list[Record] = []
    for run in runs:
        if run:
            first = run[0]["iter"]
            merged = [record for record in merged if record["iter"] < first] + run
    return merged


def _read_records(file: Path) -> list[Record]:
    """Read the training records of a file; validation records have no `iter`."""
    records = []
    for line in file.read_text().splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue  # truncated last line of a killed run
        if isinstance(record, dict) and "iter" in record:
            records.append(
                {k: v for k, v in record.items() if isinstance(v, int | float)}
            )
    return records


def _read_sizes(configs: list[Path]) -> tuple[int | None, int | None]:
    """Read K and N from the newest config beside the scalars."""
    if not configs:
        return None, None
    config = Config.fromfile(configs[-1], import_custom_modules=False)
    model = config.get("model") or {}
    head, semantic_head = model.get("head") or {}, model.get("semantic_head") or {}
    return head.get("out_channels"), semantic_head.get("num_parts")
