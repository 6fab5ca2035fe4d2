"""Find the config and the weights that a user names."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from solider_mm.checkpoints import load_file
from solider_mm.checkpoints.model_index import fetch_weights, find_model
from solider_mm.checkpoints.stored_config import config_of

__all__ = ["ModelSource", "resolve_model"]

_CONFIG_SUFFIXES = {".py", ".json", ".yaml", ".yml"}


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from.

    Attributes:
        name: Name in the metafiles, or file name.
        config: Config of the model.
        weights: Local file; None if there is none.
        metadata: What the metafile says of the model.
    """

    name: str
    config: Config
    weights: Path | None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def resolve_model(
    model: str | Path | Config | Mapping[str, Any] | None,
    weights: str | Path | None,
) -> ModelSource:
    """Resolve a name, a config or a file of weights.

    Args:
        model: Name in the metafiles, path of a config, or a config; None reads the
            config that `weights` carry.
        weights: File, URL, `hf://owner/name` or None; overrides those of the name.

    Returns:
        The config, and the weights if there are any.

    Raises:
        ValueError: If nothing is given, the name is unknown, or the weights carry no
            config.
        FileNotFoundError: If a file is missing.
    """
    if model is None:
        return _from_weights(weights)
    if isinstance(model, Config):
        return ModelSource("config", copy.deepcopy(model), _local(weights))
    if isinstance(model, Mapping):
        config = Config(ConfigDict(copy.deepcopy(dict(model))))
        return ModelSource("config", config, _local(weights))
    path = Path(model).expanduser()
    if path.suffix in _CONFIG_SUFFIXES:
        if not path.is_file():
            raise FileNotFoundError(f"no config at {path}: check the path")
        return ModelSource(path.stem, Config.fromfile(path), _local(weights))
    if path.suffix in (".pth", ".safetensors") and weights is None:
        return _from_weights(path)
    entry = find_model(str(model))
    local = _local(weights)
    if local is None and entry.weights is not None:
        local = fetch_weights(entry.weights, sha256=entry.sha256)
    return ModelSource(entry.name, Config.fromfile(entry.config), local, entry.metadata)


def _local(weights: str | Path | None) -> Path | None:
    return None if weights is None else fetch_weights(weights)


def _from_weights(weights: str | Path | None) -> ModelSource:
    if weights is None:
        raise ValueError(
            "neither a model nor weights were given: give a name "
            "(`python -m solider_mm models` lists them), a config or a checkpoint"
        )
    path = fetch_weights(weights)
    config = config_of(load_file(path))
    if config is None:
        raise ValueError(
            f"{path} carries no config: give the config or the name of the model that "
            "it was trained with as well"
        )
    return ModelSource(path.stem, config, path)
