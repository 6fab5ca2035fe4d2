"""Describe a checkpoint: format, size, task, config and license."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from solider_mm.checkpoints.formats import Checkpoint, infer_arch, parse_checkpoint
from solider_mm.checkpoints.locations import local_path
from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.model_index import ModelEntry, find_model, list_models

__all__ = ["inspect_checkpoint"]

_FORMATS = {
    "pretraining": "pretraining checkpoint of this package (teacher and student)",
    "official": "official format (the released code's names)",
    "solider_mm": "OpenMMLab format, λ-Swin with semantic controllers",
    "openmmlab": "OpenMMLab format, Swin without semantic controllers",
}
# Embedding width and depths of the named sizes.
_SIZES = {
    (40, (1, 1, 2)): "nano",
    (64, (2, 2, 6)): "mini",
    (96, (2, 2, 6, 2)): "tiny",
    (96, (2, 2, 18, 2)): "small",
    (128, (2, 2, 18, 2)): "base",
}
_TIMESTAMP = re.compile(r"_\d{8}_\d{6}$")


def inspect_checkpoint(path: str | Path) -> str:
    """Describe a checkpoint, one property per line.

    Args:
        path: Path or URL, or 'embedded'.

    Returns:
        Lines "name: value" for the terminal.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read safely or holds no usable Swin.
    """
    file = local_path(path)
    content = load_file(file)
    try:
        checkpoint = parse_checkpoint(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    entry = _entry(content)
    arch = infer_arch(checkpoint.backbone)
    size = _SIZES.get((arch["embed_dims"], arch["depths"]), "custom")
    properties = {
        "file": f"{file} ({file.stat().st_size / 2**20:.1f} MiB)",
        "format": _FORMATS[checkpoint.layout],
        "backbone": f"{_source(checkpoint)}, {_count(checkpoint.backbone)}",
        "arch": f"{size}: " + ", ".join(f"{k} {v}" for k, v in arch.items()),
        "type of numbers": _dtypes(checkpoint.backbone),
        "task": _task(checkpoint, content, entry),
        "config": _config(entry, size),
        "license": _license(content, entry),
    }
    if checkpoint.neck:
        properties["DINO neck"] = _count(checkpoint.neck)
    for name in ("epoch", "iter"):
        if name in checkpoint.meta:
            properties[name] = str(checkpoint.meta[name])
    return "\n".join(f"{name}: {value}" for name, value in properties.items())


def _source(checkpoint: Checkpoint) -> str:
    return f"at {checkpoint.source or 'top level'!r}"


def _count(weights: Mapping[str, Tensor]) -> str:
    numbers = sum(value.numel() for value in weights.values())
    return f"{len(weights)} tensors, {numbers / 1e6:.2f} M numbers"


def _dtypes(weights: Mapping[str, Tensor]) -> str:
    kinds = {v.dtype for v in weights.values() if v.is_floating_point()}
    return ", ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds))


def _meta(content: Any) -> Mapping[str, Any]:
    meta = content.get("meta") if isinstance(content, Mapping) else None
    return meta if isinstance(meta, Mapping) else {}


def _entry(content: Any) -> ModelEntry | None:
    """Find the config by the experiment name, which begins with the config's name."""
    stored = str(_meta(content).get("experiment_name", ""))
    name = _TIMESTAMP.sub("", stored)
    return find_model(name) if name and name in list_models() else None


def _task(checkpoint: Checkpoint, content: Any, entry: ModelEntry | None) -> str:
    if entry is not None:
        return entry.task
    if checkpoint.neck or checkpoint.layout in ("pretraining", "official"):
        return "pretraining, for any downstream task"
    weights = content.get("state_dict", content)
    heads = [str(k) for k in weights if re.search(r"(^|\.)(\w*head|neck)\.", str(k))]
    if not heads:
        return "none: a backbone for any downstream task"
    modules = sorted({key.split(".", 1)[0] for key in heads})
    return f"unknown; it has weights of {', '.join(modules)}"


def _config(entry: ModelEntry | None, size: str) -> str:
    if entry is not None:
        return f"configs/{entry.task}/{entry.config.name}"
    fitting = [name for name in list_models() if f"swin-{size}_" in name]
    if not fitting:
        return "a new one with these sizes as model.backbone.arch"
    return (
        f"any with {size!r} in its name, for example {fitting[-1]}, with "
        "--cfg-options model.backbone.init_cfg.checkpoint=FILE"
    )


def _license(content: Any, entry: ModelEntry | None) -> str:
    stored = _meta(content).get("license")
    listed = entry.metadata.get("License") if entry is not None else None
    return str(stored or listed or "not stated in the file; ask its source")
