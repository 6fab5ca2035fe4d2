"""Detect a checkpoint's format and locate the Swin weights in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from solider_mm.checkpoints.locations import local_path
from solider_mm.checkpoints.neck_keys import neck_from_official
from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.checkpoints.weight_checks import plain_names, require_weights

__all__ = ["Checkpoint", "infer_arch", "parse_checkpoint", "read_checkpoint"]

Weights = dict[str, Tensor]

# Every Swin in OpenMMLab's naming has this weight; the text before it is the prefix of
# the backbone.
_LANDMARK = "patch_embed.projection.weight"
# Dicts of weights in a file, best first: SOLIDER releases the teacher, and averaged
# weights are better than those of the last step.
_CONTAINERS = (
    "teacher",
    "state_dict_ema",
    "model_ema",
    "state_dict",
    "model",
    "net",
    "weights",
    "params",
    "teacher_network",
    "ema_state_dict",
    "student",
)
# Texts that conversion keeps: mmengine's config, and what `publish_model` adds.
_TEXTS = ("cfg", "dataset_meta", "license")
_PREFIXES = ("teacher.backbone.", "backbone.", "teacher.", "student.backbone.", "")
_BLOCK = re.compile(r"stages\.(\d{1,3})\.blocks\.(\d{1,6})\.")
_BACKBONE_PART = re.compile(r"(patch_embed|stages|norm\d|semantic_embed_[wb])\.")


@dataclass(frozen=True)
class Checkpoint:
    """Content of a checkpoint.

    Attributes:
        layout: Format: 'pretraining' (this package's), 'official' (the official
            code's), 'solider_mm' (λ-Swin of this package) or 'openmmlab' (Swin without
            semantic controllers).
        source: Location of the backbone in the file, for example 'teacher.backbone.'.
        backbone: Weights of the Swin, named as in `SOLIDERSwin`.
        neck: Weights of the DINO head, named as in `DINOPretrainNeck`; may be empty.
        meta: Other entries, as far as the file has them: 'epoch', 'iter', 'args'
            (official command line), 'center' (of the DINO loss), and the texts 'cfg'
            (config), 'dataset_meta' and 'license'.
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
                f"{self.layout} format, backbone at {self.source or 'top level'!r}",
                f"{len(self.backbone)} tensors, {size:.2f} M numbers",
                sizes,
                *extras,
            ]
        )


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a file and locate the Swin in it.

    Args:
        path: Path or URL of a `.pth` or `.safetensors` file; 'embedded' for the nano
            weights of this package.

    Returns:
        Backbone, DINO neck and other entries. If the file holds a teacher and a
        student, the teacher is used.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read safely, or holds no usable Swin.
    """
    content = load_file(local_path(path))
    try:
        return parse_checkpoint(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parse_checkpoint(content: Any) -> Checkpoint:
    """Locate the Swin in the content of a file; see `read_checkpoint`.

    Args:
        content: Content of the file, as `load_file` returns it.

    Returns:
        The checkpoint.

    Raises:
        ValueError: If it holds no Swin, or weights that cannot be used.
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
    require_weights(backbone)
    layout = _layout_of(container, prefix, backbone)
    meta = _meta_of(content, weights)
    source = ".".join(part for part in (container, prefix) if part)
    return Checkpoint(layout, source, backbone, _neck_of(weights, prefix), meta)


def infer_arch(backbone: Mapping[str, Tensor]) -> dict[str, Any]:
    """Infer the sizes of a Swin from its weights.

    Args:
        backbone: Weights, named as in `SOLIDERSwin`.

    Returns:
        embed_dims, depths, num_heads and window_size.

    Raises:
        ValueError: If weights of a block are missing or have another number of
            dimensions.
    """
    _require_dimensions(_LANDMARK, backbone[_LANDMARK], 4)
    blocks: dict[int, set[int]] = {}
    heads: dict[int, int] = {}
    rows = 0
    for key, value in backbone.items():
        match = _BLOCK.match(key)
        if match:
            stage = int(match[1])
            blocks.setdefault(stage, set()).add(int(match[2]))
        if match and key.endswith("relative_position_bias_table"):
            _require_dimensions(key, value, 2)
            rows, heads[stage] = value.shape
    _require_all_blocks(blocks)
    return {
        "embed_dims": len(backbone[_LANDMARK]),
        "depths": tuple(len(blocks[stage]) for stage in sorted(blocks)),
        "num_heads": tuple(heads[stage] for stage in sorted(heads)),
        "window_size": (round(rows**0.5) + 1) // 2,
    }


def _require_dimensions(name: str, value: Tensor, ndim: int) -> None:
    if value.ndim != ndim or value.numel() == 0:
        raise ValueError(
            f"its weight {name} has the shape {tuple(value.shape)}, expected {ndim} "
            "dimensions of at least 1: the file is no Swin checkpoint, or is damaged"
        )


def _require_all_blocks(blocks: Mapping[int, set[int]]) -> None:
    for stage in range(max(blocks, default=0) + 1):
        found = blocks.get(stage, set())
        if not found or len(found) != max(found) + 1:
            raise ValueError(
                f"it lacks blocks of stage {stage} (it has {len(found)}): the file is "
                "not a complete Swin; save all weights of the backbone"
            )


def _weights_of(content: Mapping[str, Any]) -> tuple[str, Weights]:
    """Return the dict of tensors in a file, and its name there."""
    name, weights = "", content
    for container in _CONTAINERS:
        if isinstance(content.get(container), Mapping):
            name, weights = container, content[container]
            break
    tensors = plain_names(weights)
    if not tensors:
        raise ValueError(
            f"it holds no tensors, only {_some(content)}: is it the right file?"
        )
    return name, tensors


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
    has_controllers = "semantic_embed_w.0.weight" in backbone
    if container == "state_dict" and prefix == "backbone.":
        return "solider_mm" if has_controllers else "openmmlab"
    if container in ("teacher", "student"):
        return "official"
    if f"semantic_embed_w.{last_stage}.weight" in backbone:
        return "official"
    return "solider_mm" if has_controllers else "openmmlab"


def _neck_of(weights: Weights, prefix: str) -> Weights:
    """Return the DINO neck beside the backbone, under this package's names."""
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
    if isinstance(stored, Mapping):
        texts = {name: stored.get(name) for name in _TEXTS}
        meta |= {name: text for name, text in texts.items() if isinstance(text, str)}
    if "args" in content and hasattr(content["args"], "__dict__"):
        meta["args"] = vars(content["args"])
    dino_loss = content.get("dino_loss")
    if isinstance(dino_loss, Mapping) and "center" in dino_loss:
        meta["center"] = dino_loss["center"]
    if "head.center" in weights:
        meta["center"] = weights["head.center"]
    return meta


def _some(mapping: Mapping[str, Any]) -> str:
    """List the first keys for a message."""
    keys = [str(key) for key in mapping]
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if keys[3:] else "")
