"""Recognize a checkpoint: whose layout it is, and where the Swin in it lies."""

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.fileio import get_local_path
from torch import Tensor

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT, EMBEDDED_NAME
from solider_mm.checkpoints.neck_keys import neck_from_official
from solider_mm.checkpoints.safe_loading import load_file

__all__ = ["Checkpoint", "infer_arch", "parse_checkpoint", "read_checkpoint"]

Weights = dict[str, Tensor]

# Every Swin in OpenMMLab's naming has this weight: what stands before it is the
# prefix of the backbone.
_LANDMARK = "patch_embed.projection.weight"
# Where to look for it, best first: a teacher is what SOLIDER releases.
_CONTAINERS = ("teacher", "state_dict", "model", "student")
_PREFIXES = ("teacher.backbone.", "backbone.", "teacher.", "student.backbone.", "")
_BACKBONE_PART = re.compile(r"(patch_embed|stages|norm\d|semantic_embed_[wb])\.")


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        layout: 'pretraining' (ours), 'official' (the authors'), 'solider_mm' (a λ-Swin
            of ours) or 'openmmlab' (a Swin without semantic controllers).
        source: Where in the file the backbone was, for example 'teacher.backbone.'.
        backbone: Weights of the Swin, named as in `SOLIDERSwin`.
        neck: Weights of the DINO head, named as in `DINOPretrainNeck`; empty if none.
        meta: What else is known: 'epoch', 'iter', 'args' (of the authors' command
            line), 'center' (of the DINO loss), as far as the file has them.
    """

    layout: str
    source: str
    backbone: Weights
    neck: Weights = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        arch = infer_arch(self.backbone)
        size = sum(value.numel() for value in self.backbone.values()) / 1e6
        sizes = ", ".join(f"{name} {value}" for name, value in arch.items())
        extras = [f"DINO neck of {len(self.neck)} tensors"] if self.neck else []
        extras += [
            f"{name} {self.meta[name]}"
            for name in ("epoch", "iter")
            if name in self.meta
        ]
        return "; ".join(
            [
                f"{self.layout} layout, backbone at {self.source or 'top level'!r}",
                f"{len(self.backbone)} tensors, {size:.2f} M numbers",
                sizes,
                *extras,
            ]
        )


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a file and find the Swin in it.

    Args:
        path: Of a `.pth` or `.safetensors` file, or its URL; ``"embedded"`` for the
            nano weights that come with the package.

    Returns:
        Backbone, DINO neck and what else is known. If the file holds a teacher and a
        student, the teacher is taken.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read safely or holds no Swin.
    """
    if str(path) == EMBEDDED_NAME:
        path = EMBEDDED_CHECKPOINT
    is_url = "://" in str(path)
    with get_local_path(str(path)) if is_url else nullcontext(path) as local:
        content = load_file(local)
    try:
        return parse_checkpoint(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parse_checkpoint(content: Any) -> Checkpoint:
    """Find the Swin in the content of a file; see `read_checkpoint`.

    Args:
        content: What `torch.load` returned.

    Returns:
        The checkpoint.

    Raises:
        ValueError: If there is no Swin in it.
    """
    if not isinstance(content, Mapping):
        raise ValueError(
            f"it holds a {type(content).__name__}, but weights are a dict of tensors"
        )
    container, weights = _weights_of(content)
    prefix = _backbone_prefix(weights)
    backbone = {
        key[len(prefix) :]: value
        for key, value in weights.items()
        if key.startswith(prefix) and _BACKBONE_PART.match(key[len(prefix) :])
    }
    layout = _layout_of(container, prefix, backbone)
    meta = _meta_of(content, weights)
    source = ".".join(part for part in (container, prefix) if part)
    return Checkpoint(layout, source, backbone, _neck_of(weights, prefix), meta)


def infer_arch(backbone: Mapping[str, Tensor]) -> dict[str, Any]:
    """Sizes of a Swin, read off its weights.

    Args:
        backbone: Named as in `SOLIDERSwin`.

    Returns:
        embed_dims, depths, num_heads and window_size.
    """
    depths: dict[int, int] = {}
    heads: dict[int, int] = {}
    rows = 0
    for key, value in backbone.items():
        match = re.match(r"stages\.(\d+)\.blocks\.(\d+)\.", key)
        if match:
            stage, block = int(match[1]), int(match[2])
            depths[stage] = max(depths.get(stage, 0), block + 1)
        if match and key.endswith("relative_position_bias_table"):
            rows, heads[stage] = value.shape
    return {
        "embed_dims": len(backbone[_LANDMARK]),
        "depths": tuple(depths[stage] for stage in sorted(depths)),
        "num_heads": tuple(heads[stage] for stage in sorted(heads)),
        "window_size": (round(rows**0.5) + 1) // 2,
    }


def _weights_of(content: Mapping[str, Any]) -> tuple[str, Weights]:
    """The dict of tensors in a file and its name there, without DDP's `module.`."""
    name, weights = "", content
    for container in _CONTAINERS:
        if isinstance(content.get(container), Mapping):
            name, weights = container, content[container]
            break
    tensors = {
        key: value for key, value in weights.items() if isinstance(value, Tensor)
    }
    if not tensors:
        raise ValueError(
            f"it holds no tensors, only {_some(content)}: is it the right file?"
        )
    return name, {key.removeprefix("module."): value for key, value in tensors.items()}


def _backbone_prefix(weights: Weights) -> str:
    found = {key.removesuffix(_LANDMARK) for key in weights if key.endswith(_LANDMARK)}
    for prefix in _PREFIXES:
        if prefix in found:
            return prefix
    if len(found) == 1:
        return found.pop()
    if any(re.search(r"layers\.\d+\.blocks\.", key) for key in weights):
        raise ValueError(
            "it is a Swin in Microsoft's naming: use the file that mmpretrain or mmdet "
            "offer for the same model"
        )
    raise ValueError(
        f"it holds {f'more than one Swin ({sorted(found)})' if found else 'no Swin'}: "
        f"expected weights such as 'backbone.{_LANDMARK}', found {_some(weights)}"
    )


def _layout_of(container: str, prefix: str, backbone: Weights) -> str:
    if prefix == "teacher.backbone.":
        return "pretraining"
    last_stage = len(infer_arch(backbone)["depths"]) - 1
    if container in ("teacher", "student"):
        return "official"
    if f"semantic_embed_w.{last_stage}.weight" in backbone:
        return "official"
    return "solider_mm" if "semantic_embed_w.0.weight" in backbone else "openmmlab"


def _neck_of(weights: Weights, prefix: str) -> Weights:
    """The DINO neck beside the backbone, under our names."""
    parent = prefix.removesuffix("backbone.")
    for name in ("neck.", "head."):
        start = parent + name
        part = {
            key[len(start) :]: value
            for key, value in weights.items()
            if key.startswith(start)
        }
        if any(key.startswith("last_layer.") for key in part):
            return neck_from_official(part)
    return {}


def _meta_of(content: Mapping[str, Any], weights: Weights) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    stored = content.get("meta")
    for place in (stored if isinstance(stored, Mapping) else {}, content):
        for name in ("epoch", "iter"):
            if isinstance(place.get(name), int | str):
                meta[name] = place[name]
    if "args" in content and hasattr(content["args"], "__dict__"):
        meta["args"] = vars(content["args"])
    dino_loss = content.get("dino_loss")
    if isinstance(dino_loss, Mapping) and "center" in dino_loss:
        meta["center"] = dino_loss["center"]
    if "head.center" in weights:
        meta["center"] = weights["head.center"]
    return meta


def _some(mapping: Mapping[str, Any]) -> str:
    """The first keys, for a message."""
    keys = [str(key) for key in mapping]
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if keys[3:] else "")
