"""Load a backbone from any file that holds one, or say why not."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mmengine.logging import print_log
from mmengine.model import BaseModule, initialize
from torch import Tensor

from solider_mm.checkpoints.formats import Checkpoint, infer_arch, read_checkpoint

__all__ = ["LambdaSwin", "apply_init_cfg", "load_backbone"]

# Weights that a file may lack: a Swin trained on ImageNet has no controllers and
# normalizes only its last map.
_MAY_BE_NEW = re.compile(r"semantic_embed_[wb]\.|norm\d\.|.*relative_position_index$")


class LambdaSwin(Protocol):
    """What is needed of a model to load it (`SOLIDERSwin` has it)."""

    def state_dict(self) -> dict[str, Tensor]:
        """Own weights."""

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool) -> Any:
        """Take weights over."""

    def adapt_state_dict(self, state_dict: dict[str, Tensor]) -> list[str]:
        """Remove what the model leaves out, fit position tables; what was removed."""


def load_backbone(model: LambdaSwin, path: str | Path) -> Checkpoint:
    """Load a file of any known layout into a backbone and log one line of coverage.

    Args:
        model: A `SOLIDERSwin`.
        path: Of the file, a URL, or ``"embedded"`` for the package's nano weights.

    Returns:
        What was read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file does not hold this backbone; the first weight that does
            not fit is named.
    """
    checkpoint = read_checkpoint(path)
    weights = dict(checkpoint.backbone)
    left_out = model.adapt_state_dict(weights)
    own = model.state_dict()
    problem = _misfit(weights, own)
    if problem:
        raise ValueError(
            f"{path} does not fit this backbone: {problem}. The file holds "
            f"{_sizes(checkpoint.backbone)}, the model is {_sizes(own)}; set arch and "
            "window_size accordingly, or use another file"
        )
    model.load_state_dict(weights, strict=False)
    print_log(_coverage(path, checkpoint, weights, own, left_out), logger="current")
    return checkpoint


def apply_init_cfg(model: BaseModule, load: Callable[[str], object]) -> None:
    """Apply a model's `init_cfg`, checkpoints last, by a loader that knows layouts.

    Args:
        model: With the weights it was made with, which no `init_cfg` leaves alone.
        load: Reads a file, URL or ``"embedded"`` into the model.

    Raises:
        FileNotFoundError: If a checkpoint is not there.
        ValueError: If it does not fit.
    """
    cfgs = [model.init_cfg] if isinstance(model.init_cfg, dict) else model.init_cfg
    pretrained = [cfg for cfg in cfgs or [] if cfg["type"] == "Pretrained"]
    initialize(model, [cfg for cfg in cfgs or [] if cfg not in pretrained])
    for cfg in pretrained:
        load(cfg["checkpoint"])


def _misfit(weights: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str | None:
    """Why the weights are not those of the model, or None."""
    for name, value in weights.items():
        if name in own and own[name].shape != value.shape:
            return (
                f"{name} is {tuple(value.shape)} in the file, "
                f"{tuple(own[name].shape)} was expected"
            )
    unknown = [name for name in weights if name not in own]
    if unknown:
        return f"{len(unknown)} weights have no place in it, the first is {unknown[0]}"
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
    left_out: list[str],
) -> str:
    new = [name for name in own if name not in weights and not name.endswith("_index")]
    line = (
        f"backbone from {path} ({checkpoint.layout} layout, "
        f"{checkpoint.source or 'top level'}): {len(own) - len(new)} of {len(own)} "
        "tensors loaded"
    )
    if left_out:
        line += f"; dropped as they reach no output: {_parts(left_out)}"
    if new:
        line += f"; not in the file, still at their start: {_parts(new)}"
    return line


def _parts(names: list[str]) -> str:
    """The modules of some weights, each once."""
    return ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in names))
