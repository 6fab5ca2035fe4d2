"""Files of features: safetensors or Parquet."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from solider_mm.fileio.atomic import atomic_path

__all__ = ["FeatureTable", "load_features", "save_features"]


class FeatureTable:
    """Vectors with their names.

    Args:
        features: (N, C) float32.
        names: N names.
        sources: N paths or URLs; the names if None.
        model: Task and checksum of the weights that made the vectors, if known.

    Raises:
        ValueError: If the lengths differ.
    """

    def __init__(
        self,
        features: NDArray[np.float32],
        names: Sequence[str],
        sources: Sequence[str] | None = None,
        model: str | None = None,
    ) -> None:
        self.features = np.asarray(features, np.float32)
        self.names = list(names)
        self.sources = list(names if sources is None else sources)
        self.model = model
        if not len(self.features) == len(self.names) == len(self.sources):
            raise ValueError(
                f"{len(self.features)} features, {len(self.names)} names and "
                f"{len(self.sources)} sources: expected the same number of each"
            )

    def __len__(self) -> int:
        return len(self.names)


def save_features(table: FeatureTable, path: str | Path) -> Path:
    """Write a table whole or not at all.

    Args:
        table: What to write.
        path: File ending in `.safetensors` or `.parquet` (needs pyarrow).

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is another one.
        ImportError: If pyarrow is missing.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        text = {"names": json.dumps(table.names), "sources": json.dumps(table.sources)}
        text |= {} if table.model is None else {"model": table.model}
        with atomic_path(path) as temporary:
            save_file({"features": table.features}, temporary, metadata=text)
    elif path.suffix == ".parquet":
        with atomic_path(path) as temporary:
            _save_parquet(table, temporary)
    else:
        raise ValueError(f"{path.name}: expected a name in .safetensors or .parquet")
    return path


def load_features(path: str | Path) -> FeatureTable:
    """Read what `save_features` wrote.

    Args:
        path: File ending in `.safetensors` or `.parquet`.

    Returns:
        The table.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no file of features.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no features at {path}: check the path")
    if path.suffix == ".parquet":
        return _load_parquet(path)
    try:
        with safe_open(path, framework="numpy") as file:
            meta = file.metadata() or {}
            names, sources = (json.loads(meta[key]) for key in ("names", "sources"))
            features = file.get_tensor("features")
            return FeatureTable(features, names, sources, meta.get("model"))
    except Exception as error:
        raise ValueError(
            f"{path} is no file of features ({error}): write one with "
            "`python -m solider_mm features`"
        ) from error


def _save_parquet(table: FeatureTable, path: Path) -> None:
    arrow, parquet = _pyarrow()
    flat = arrow.array(table.features.reshape(-1))
    width = table.features.shape[1]
    columns = {
        "name": table.names,
        "source": table.sources,
        "feature": arrow.FixedSizeListArray.from_arrays(flat, width),
    }
    meta = {} if table.model is None else {"model": table.model}
    parquet.write_table(arrow.table(columns).replace_schema_metadata(meta), path)


def _load_parquet(path: Path) -> FeatureTable:
    _, parquet = _pyarrow()
    table = parquet.read_table(path)
    features = np.stack(table["feature"].to_numpy(zero_copy_only=False))
    model = (table.schema.metadata or {}).get(b"model")
    return FeatureTable(
        features,
        table["name"].to_pylist(),
        table["source"].to_pylist(),
        None if model is None else model.decode(),
    )


def _pyarrow():  # type: ignore[no-untyped-def]
    try:
        import pyarrow  # noqa: PLC0415  optional
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "Parquet needs pyarrow: run `pip install 'solider_mm[parquet]'`, or write "
            ".safetensors"
        ) from error
    return pyarrow, pyarrow.parquet
