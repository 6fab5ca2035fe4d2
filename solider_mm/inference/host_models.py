"""Models of OpenMMLab's hosts by name, from the configs that the hosts install."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import yaml

__all__ = ["HostModel", "find_host_model"]


class HostModel(NamedTuple):
    """A model of a host.

    Attributes:
        config: Path of its config.
        weights: URL of its weights; None if the host lists none.
    """

    config: Path
    weights: str | None


def find_host_model(name: str, host: str) -> HostModel | None:
    """Look a model up in the model zoo of a host.

    Args:
        name: Name of a config, for example `rtmdet_tiny_8xb32-300e_coco`.
        host: `"mmdet"`, `"mmpose"`, `"mmseg"` or `"mmpretrain"`.

    Returns:
        The model; None if the host is not installed or has no config of this name.
    """
    name = name.removeprefix(f"{host}::")
    spec = importlib.util.find_spec(host)
    if spec is None or not spec.submodule_search_locations or "/" in name:
        return None
    folder = Path(spec.submodule_search_locations[0])
    # Beside a source tree, or in `.mim` of an installed package.
    for configs in (folder / ".mim" / "configs", folder.parent / "configs"):
        for config in sorted(configs.glob(f"*/**/{name}.py")):
            return HostModel(config, _weights(config, name))
    return None


def _weights(config: Path, name: str) -> str | None:
    metafile = config.parent / "metafile.yml"
    if not metafile.is_file():
        return None
    content = yaml.safe_load(metafile.read_text(encoding="utf-8")) or {}
    models = content if isinstance(content, list) else content.get("Models") or []
    for model in models:
        if model.get("Name") == name and model.get("Weights"):
            return str(model["Weights"])
    return None
