"""Load backbone weights, and check that a checkpoint is complete."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseModule, initialize
from torch import Tensor, nn

from solider_mm.checkpoints.formats import Checkpoint, infer_arch, read_checkpoint
from solider_mm.checkpoints.locations import local_path
from solider_mm.checkpoints.reid_names import rename_official_reid
from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.checkpoints.swin_state import adapt_state_dict
from solider_mm.checkpoints.weight_checks import plain_names, unusable

__all__ = ["apply_init_cfg", "load_backbone", "require_complete"]

# Weights that a file may lack: a Swin trained on ImageNet has no controllers and
# normalizes only its last map.
_MAY_BE_NEW = re.compile(r"semantic_embed_[wb]\.|norm\d\.|.*relative_position_index$")


def load_backbone(model: nn.Module, path: str | Path) -> Checkpoint:
    """Load a checkpoint of any known format into a backbone.

    One log line states how many weights were loaded.

    Args:
        model: A `SOLIDERSwin`.
        path: Checkpoint path, URL, or 'embedded' for the package's nano weights.

    Returns:
        The checkpoint.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file does not hold this backbone; the message names the
            first weight that does not fit.
    """
    checkpoint = read_checkpoint(path)
    weights = dict(checkpoint.backbone)
    own = model.state_dict()
    dropped = adapt_state_dict(weights, own)
    mismatch = _mismatch(weights, own)
    if mismatch:
        raise ValueError(
            f"{path} does not fit this backbone: {mismatch}. The file holds "
            f"{_sizes(checkpoint.backbone)}, the model has {_sizes(own)}; set arch and "
            "window_size accordingly, or use another file"
        )
    model.load_state_dict(weights, strict=False)
    print_log(_coverage(path, checkpoint, weights, own, dropped), logger="current")
    return checkpoint


def apply_init_cfg(model: BaseModule, load: Callable[[str], object]) -> None:
    """Apply a model's `init_cfg`; checkpoints are loaded last.

    Args:
        model: Model with its initial weights, which are kept without an `init_cfg`.
        load: Function that loads a file, URL or 'embedded' into the model.

    Raises:
        FileNotFoundError: If a checkpoint does not exist.
        ValueError: If a checkpoint does not fit the model.
    """
    cfgs = [model.init_cfg] if isinstance(model.init_cfg, dict) else model.init_cfg
    pretrained = [cfg for cfg in cfgs or [] if cfg["type"] == "Pretrained"]
    initialize(model, [cfg for cfg in cfgs or [] if cfg not in pretrained])
    for cfg in pretrained:
        load(cfg["checkpoint"])


def require_complete(model: nn.Module, path: str | Path) -> None:
    """Check that a checkpoint holds every weight of a model, in its shape.

    mmengine's runner loads what fits and continues. Without this check, a backbone
    with a randomly initialized head would be evaluated.

    Args:
        model: Model to evaluate, without a distributed wrapper.
        path: Checkpoint path, as written by training.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file cannot be read, lacks weights of the model, or holds
            weights of another shape. The message names the modules concerned.
    """
    own = model.state_dict()
    found = _state_dict(load_file(local_path(path)), path)
    missing = [name for name in own if name not in found]
    if missing:
        raise ValueError(
            f"{path} lacks {len(missing)} of the model's {len(own)} weights, in "
            f"{_top_modules(missing)} (first: {missing[0]}): evaluate the checkpoint "
            "that this config's training has written; a backbone checkpoint is for "
            "training, as backbone.init_cfg."
        )
    other = [name for name in own if found[name].shape != own[name].shape]
    if other:
        name = other[0]
        raise ValueError(
            f"{path} has {name} of shape {tuple(found[name].shape)}, the model expects "
            f"{tuple(own[name].shape)}, and {len(other) - 1} more differ, in "
            f"{_top_modules(other)}: use the config that the checkpoint was trained "
            "with."
        )
    for name, value in own.items():
        reason, kind = unusable(found[name]), found[name].dtype
        if reason is not None:
            raise ValueError(f"{path}: its weight {name} {reason}.")
        if value.is_floating_point() and not kind.is_floating_point:
            raise ValueError(
                f"{path} has {name} as {kind}, the model expects {value.dtype}: the "
                "scales of quantized weights are unknown here; use the file before "
                "its quantization."
            )


def _state_dict(content: Any, path: str | Path) -> dict[str, Tensor]:
    content = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    try:
        return rename_official_reid(plain_names(content))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _mismatch(weights: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str | None:
    """Describe why the weights do not fit the model; None if they do."""
    for name, value in weights.items():
        if name in own and own[name].shape != value.shape:
            return (
                f"{name} is {tuple(value.shape)} in the file, "
                f"{tuple(own[name].shape)} was expected"
            )
    unknown = [name for name in weights if name not in own]
    if unknown:
        return (
            f"{len(unknown)} weights are unknown to the model, the first is "
            f"{unknown[0]}"
        )
    missing = [n for n in own if n not in weights and not _MAY_BE_NEW.match(n)]
    if missing:
        return f"{len(missing)} weights are not in the file, the first is {missing[0]}"
    return None


def _sizes(weights: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{name} {value}" for name, value in infer_arch(weights).items())


def _coverage(
    path: str | Path,
    checkpoint: Checkpoint,
    weights: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    dropped: list[str],
) -> str:
    new = [name for name in own if name not in weights and not name.endswith("_index")]
    line = (
        f"backbone from {path} ({checkpoint.layout} format, "
        f"{checkpoint.source or 'top level'}): {len(own) - len(new)} of {len(own)} "
        "tensors loaded"
    )
    if dropped:
        line += f"; dropped because no output depends on them: {_modules(dropped)}"
    if new:
        line += f"; not in the file, randomly initialized: {_modules(new)}"
    return line


def _modules(names: list[str]) -> str:
    """Return the modules that own some weights, each once."""
    return ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in names))


def _top_modules(names: list[str]) -> str:
    return ", ".join(sorted({name.split(".", 1)[0] for name in names}))
