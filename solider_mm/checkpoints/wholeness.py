"""Refuse a checkpoint that leaves part of a model at its random start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from solider_mm.checkpoints.safe_loading import load_file

__all__ = ["require_complete"]


def require_complete(model: nn.Module, path: str | Path) -> None:
    """Check that a checkpoint holds every weight of a model, in its size.

    mmengine's runner loads what fits and goes on; evaluated like that, a backbone
    without its head gives numbers that mean nothing.

    Args:
        model: The model to be evaluated, also inside a distributed wrapper.
        path: The checkpoint, as training has written it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, lacks weights of the model, or has
            some of another size. The parts concerned are named.
    """
    own = getattr(model, "module", model).state_dict()
    found = _weights(load_file(path))
    missing = [name for name in own if name not in found]
    if missing:
        raise ValueError(
            f"{path} lacks {len(missing)} of the model's {len(own)} weights, in "
            f"{_parts(missing)} (first: {missing[0]}): evaluate the checkpoint that "
            "this config's training has written; a backbone alone is for training, "
            "as backbone.init_cfg."
        )
    other = [name for name in own if found[name].shape != own[name].shape]
    if other:
        name = other[0]
        raise ValueError(
            f"{path} has {name} of size {tuple(found[name].shape)}, the model expects "
            f"{tuple(own[name].shape)}, and {len(other) - 1} more differ, in "
            f"{_parts(other)}: use the config that the checkpoint was trained with."
        )


def _weights(content: Any) -> dict[str, Tensor]:
    content = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    return {
        str(name).removeprefix("module."): value
        for name, value in content.items()
        if isinstance(value, Tensor)
    }


def _parts(names: list[str]) -> str:
    return ", ".join(sorted({name.split(".", 1)[0] for name in names}))
