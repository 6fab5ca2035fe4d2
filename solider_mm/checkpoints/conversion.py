"""Write a checkpoint in the official or in OpenMMLab's format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from solider_mm.checkpoints.formats import Checkpoint, infer_arch
from solider_mm.checkpoints.neck_keys import neck_to_official
from solider_mm.fileio.atomic import atomic_path

__all__ = ["save_checkpoint", "to_official", "to_openmmlab"]

_TEXTS = ("cfg", "dataset_meta", "license")


def to_official(checkpoint: Checkpoint) -> dict[str, Any]:
    """Convert to the official format: `teacher` with `backbone.` and `head.`.

    Weights that `SOLIDERSwin` omits because no output depends on them are added, so
    that the official code finds every key: the last stage's controller as zeros, norms
    of unused stages as the identity (as in the released files).

    Args:
        checkpoint: Checkpoint of any format, with semantic controllers.

    Returns:
        Content of a file.

    Raises:
        ValueError: If the checkpoint has no semantic controllers.
    """
    if "semantic_embed_w.0.weight" not in checkpoint.backbone:
        raise ValueError(
            f"a Swin in {checkpoint.layout} format without semantic controllers cannot "
            "be written in the official format: pretrain it with SOLIDER first"
        )
    backbone = _complete(checkpoint.backbone)
    teacher = {f"backbone.{key}": value for key, value in backbone.items()}
    for key, value in neck_to_official(checkpoint.neck).items():
        teacher[f"head.{key}"] = value
    content: dict[str, Any] = {"teacher": teacher}
    if isinstance(checkpoint.meta.get("epoch"), int):
        content["epoch"] = checkpoint.meta["epoch"]
    kept = _kept(checkpoint, _TEXTS)
    if kept:
        content["meta"] = kept
    if "center" in checkpoint.meta:
        content["dino_loss"] = {"center": checkpoint.meta["center"]}
    return content


def to_openmmlab(checkpoint: Checkpoint) -> dict[str, Any]:
    """Convert to OpenMMLab's format: `state_dict` with `backbone.`.

    The semantic controllers are kept for `SOLIDERSwin`. A plain `SwinTransformer`
    ignores them, and its features are not those of SOLIDER. The config is kept.

    Args:
        checkpoint: Checkpoint of any format.

    Returns:
        Content of a file.
    """
    state_dict = {
        f"backbone.{key}": value for key, value in checkpoint.backbone.items()
    }
    for key, value in checkpoint.neck.items():
        state_dict[f"neck.{key}"] = value
    known = _kept(checkpoint, ("epoch", "iter", *_TEXTS))
    return {"meta": known, "state_dict": state_dict}


def _kept(checkpoint: Checkpoint, names: tuple[str, ...]) -> dict[str, Any]:
    return {key: checkpoint.meta[key] for key in names if key in checkpoint.meta}


def to_half(content: Mapping[str, Any]) -> dict[str, Any]:
    """Round all weights to float16, for smaller files.

    Args:
        content: Content, as `to_official` or `to_openmmlab` returns it.

    Returns:
        The content with float16 tensors; loading converts them back.
    """
    return {key: _half(value) for key, value in content.items()}


def _half(value: Any) -> Any:
    if isinstance(value, Mapping):
        return to_half(value)
    if isinstance(value, Tensor) and value.is_floating_point():
        return value.half()
    return value


def save_checkpoint(content: Mapping[str, Any], path: str | Path) -> None:
    """Write a file under a temporary name and rename it when it is whole.

    Args:
        content: For `.safetensors` a flat dict of tensors, or one with a `state_dict`
            or `teacher`; anything else for `.pth`.
        path: Where to; folders are made.
    """
    with atomic_path(path) as temporary:
        if temporary.suffix == ".safetensors":
            _save_safetensors(content, temporary)
        else:
            torch.save(dict(content), temporary)


def _save_safetensors(content: Mapping[str, Any], path: Path) -> None:
    weights = content.get("teacher", content.get("state_dict", content))
    meta = {key: str(value) for key, value in content.get("meta", {}).items()}
    tensors = {key: value.contiguous() for key, value in weights.items()}
    save_file(tensors, path, metadata={"format": "pt", **meta})


def _complete(backbone: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Add the weights that every official file has."""
    complete = dict(backbone)
    embed_dims, depths, *_ = infer_arch(backbone).values()
    widths = [embed_dims * 2**stage for stage in range(len(depths))]
    like = complete["semantic_embed_w.0.weight"]
    for stage, width in enumerate(widths):
        complete.setdefault(f"norm{stage}.weight", like.new_ones(width))
        complete.setdefault(f"norm{stage}.bias", like.new_zeros(width))
    last, width = len(depths) - 1, widths[-1]
    for letter in "wb":
        name = f"semantic_embed_{letter}.{last}"
        complete.setdefault(f"{name}.weight", like.new_zeros(width, 2))
        complete.setdefault(f"{name}.bias", like.new_zeros(width))
    return complete
