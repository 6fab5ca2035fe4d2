"""Find the config and the weights that a user names."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from solider_mm.checkpoints import load_file
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.checkpoints.stored_config import config_of
from solider_mm.inference.backbone_files import is_backbone_only
from solider_mm.inference.host_models import find_host_model
from solider_mm.inference.official_reid import fit_official_reid
from solider_mm.model_index import find_model

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
    *,
    task: str = "this task",
    host: str | None = None,
    config_for: Callable[[Any], Config | None] | None = None,
) -> ModelSource:
    """Resolve a name, a config or a file of weights.

    Args:
        model: Name in the metafiles, path of a config, or a config; None reads the
            config that `weights` carry.
        weights: File, URL, `hf://owner/name` or None; overrides those of the name.
        task: Name of the task, for messages.
        host: OpenMMLab package whose models are found by name as well.
        config_for: Finds the config of a file that carries none, by its content.

    Returns:
        The config, and the weights if there are any.

    Raises:
        ValueError: If nothing is given, the name is unknown, or the weights carry no
            config.
        FileNotFoundError: If a file is missing.
    """
    if isinstance(model, Config | Mapping):
        values = Config(ConfigDict(model)) if isinstance(model, Mapping) else model
        return _fitted(ModelSource("config", copy.deepcopy(values), _local(weights)))
    path = None if model is None else Path(model).expanduser()
    if path is not None and path.suffix in _CONFIG_SUFFIXES:
        if not path.is_file():
            raise FileNotFoundError(f"no config at {path}: check the path")
        return _fitted(ModelSource(path.stem, Config.fromfile(path), _local(weights)))
    if path is None or (_names_weights(str(model)) and weights is None):
        file = weights if model is None else model
        return _from_weights(file, task, config_for)
    return _from_name(str(model), weights, host)


def _names_weights(text: str) -> bool:
    return "://" in text or Path(text).suffix in (".pth", ".pt", ".safetensors")


def _from_name(name: str, weights: str | Path | None, host: str | None) -> ModelSource:
    found = None if host is None else find_host_model(name, host)
    if found is not None:
        config = Config.fromfile(found.config)
        return ModelSource(name, config, _local(weights or found.weights))
    entry = find_model(name)
    local = _local(weights)
    if local is None and entry.weights is not None:
        local = fetch_weights(entry.weights, sha256=entry.sha256)
    config = Config.fromfile(entry.config)
    return _fitted(ModelSource(entry.name, config, local, entry.metadata))


def _fitted(source: ModelSource) -> ModelSource:
    """Fit the classifier to SOLIDER-REID's weights, if these are given."""
    if source.weights is not None:
        fit_official_reid(source.config, source.weights)
    return source


def _local(weights: str | Path | None) -> Path | None:
    return None if weights is None else fetch_weights(weights)


def _from_weights(
    weights: str | Path | None,
    task: str,
    config_for: Callable[[Any], Config | None] | None,
) -> ModelSource:
    if weights is None:
        raise ValueError(
            "neither a model nor weights were given: give a name "
            "(`python -m solider_mm models` lists them), a config or a checkpoint"
        )
    path = fetch_weights(weights)
    content = load_file(path)
    config = config_of(content)
    if config is None and config_for is not None:
        config = config_for(content)
    if config is None and is_backbone_only(content):
        raise ValueError(
            f"{path} holds a backbone without a head for {task}: give a checkpoint "
            "that was trained for it, or use the file for `features` or `parts`"
        )
    if config is None:
        raise ValueError(
            f"{path} carries no config: give the config or the name of the model that "
            "it was trained with as well"
        )
    return ModelSource(path.stem, config, path)
