"""Make mmengine read every checkpoint with the safe loader.

mmengine's own loaders fall back to `weights_only=False`, which runs the code in a
pickle. Importing this module replaces them for all models and tools of the process:
`load_from`, `resume`, `init_cfg` and `mmengine.runner.load_checkpoint`. Code that calls
`torch.load` itself is not affected.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from mmengine.runner.checkpoint import (
    CheckpointLoader,
    get_deprecated_model_names,
    get_external_models,
    get_mmcls_models,
    get_torchvision_models,
)
from torch import Tensor

from solider_mm.checkpoints.locations import local_path
from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.checkpoints.weight_checks import plain_names, unusable

__all__ = ["load_any", "register_loaders"]


def load_any(location: str) -> Any:
    """Read a checkpoint from anywhere, for mmengine.

    Args:
        location: Path or URL.

    Returns:
        Content of the file; the names of wrappers are removed from its `state_dict`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is refused, or a weight cannot be used.
    """
    content = load_file(local_path(location))
    if not isinstance(content, MutableMapping):
        return content
    try:
        _clean_weights(content)
    except ValueError as error:
        raise ValueError(f"{location}: {error}") from error
    return content


def _clean_weights(content: MutableMapping[Any, Any]) -> None:
    has_container = isinstance(content.get("state_dict"), Mapping)
    weights = content["state_dict"] if has_container else content
    plain = plain_names(weights)
    for name, value in plain.items():
        reason = unusable(value) or _nan(value)
        if reason:
            raise ValueError(f"its weight {name} {reason}")
    if has_container and isinstance(weights, MutableMapping):
        others = {k: v for k, v in weights.items() if not isinstance(v, Tensor)}
        weights.clear()  # keeps the attribute `_metadata` of the mapping
        weights.update({**others, **plain})


def _nan(value: Tensor) -> str | None:
    if value.is_floating_point() and bool(value.isnan().any()):
        return "has NaN values: the run that wrote it has diverged; use an earlier one"
    return None


def load_from_local(filename: str, map_location: object = None) -> Any:
    """Read a local file or a URL; tensors stay on the CPU."""
    del map_location
    return load_any(filename)


def load_from_torchvision(filename: str, map_location: object = None) -> Any:
    """Read weights by their name in torchvision's list."""
    del map_location
    return load_any(_url_of(filename, get_torchvision_models()))


def load_from_openmmlab(filename: str, map_location: object = None) -> Any:
    """Read weights by their name in OpenMMLab's list."""
    del map_location
    name = filename.partition("://")[2]
    name = get_deprecated_model_names().get(name, name)
    return load_any(_url_of(f"openmmlab://{name}", get_external_models()))


def load_from_mmcls(filename: str, map_location: object = None) -> Any:
    """Read a classifier's weights by name, and keep those of its backbone."""
    del map_location
    content = load_any(_url_of(filename, get_mmcls_models()))
    weights = content.get("state_dict", content)
    prefix = "backbone."
    return {
        "state_dict": {
            name.removeprefix(prefix): value
            for name, value in weights.items()
            if name.startswith(prefix)
        }
    }


def _url_of(filename: str, known: Mapping[str, str]) -> str:
    name = filename.partition("://")[2]
    if name not in known:
        raise ValueError(
            f"{filename} is in no list of weights: give a path or an http(s) URL"
        )
    return known[name]


def register_loaders() -> None:
    """Replace mmengine's checkpoint loaders by the safe ones."""
    for prefixes, loader in (
        ("", load_from_local),
        (("http://", "https://", "pavi://"), load_from_local),
        ((r"(\S+\:)?s3://", r"(\S+\:)?petrel://"), load_from_local),
        (("modelzoo://", "torchvision://"), load_from_torchvision),
        (("open-mmlab://", "openmmlab://"), load_from_openmmlab),
        ("mmcls://", load_from_mmcls),
    ):
        CheckpointLoader.register_scheme(prefixes, loader, force=True)


register_loaders()
