"""Small files for inference that carry their config."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from safetensors.torch import save_file
from torch import Tensor

from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.checkpoints.stored_config import config_of, config_to_text
from solider_mm.fileio.atomic import atomic_path
from solider_mm.fileio.download import sha256_of

__all__ = ["dataset_meta_of", "publish_model"]


def publish_model(
    checkpoint: str | Path,
    out: str | Path,
    *,
    config: str | Path | Config | None = None,
    half: bool = False,
    weights_license: str = "",
) -> str:
    """Write the weights of a checkpoint with config, class names and license.

    Args:
        checkpoint: File that training wrote.
        out: File to create, `.safetensors`.
        config: Config of the model; None takes the one in the checkpoint.
        half: Whether floating-point weights are rounded to float16.
        weights_license: License of the weights.

    Returns:
        SHA-256 of the file.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the checkpoint has no weights or no config, or `out` has another
            suffix.
    """
    out = Path(out)
    if out.suffix != ".safetensors":
        raise ValueError(f"{out.name}: expected a name ending in .safetensors")
    content = load_file(checkpoint)
    cfg = Config.fromfile(config) if isinstance(config, str | Path) else config
    cfg = cfg or config_of(content)
    if cfg is None:
        raise ValueError(f"{checkpoint} carries no config: give it with config=FILE")
    state = content.get("state_dict") if isinstance(content, Mapping) else None
    if not state:
        raise ValueError(
            f"{checkpoint} has no state_dict: expected a file that training wrote"
        )
    metadata = {
        "format": "pt",
        "cfg": config_to_text(cfg),
        "dataset_meta": json.dumps(plain_meta(dataset_meta_of(content))),
        "license": weights_license,
    }
    tensors = {
        name: _published(value, half)
        for name, value in state.items()
        if isinstance(value, Tensor)
    }
    with atomic_path(out) as temporary:
        save_file(tensors, temporary, metadata=metadata)
        temporary.chmod(0o644)  # safetensors' own is for the owner alone
    return sha256_of(out)


def dataset_meta_of(content: Any) -> dict[str, Any]:
    """Names of classes, keypoints and colors that a checkpoint carries.

    Args:
        content: What `load_file` returned.

    Returns:
        The data set's meta information; empty if there is none.
    """
    meta = content.get("meta") if isinstance(content, Mapping) else None
    stored = (meta or {}).get("dataset_meta") or {}
    return dict(json.loads(stored) if isinstance(stored, str) else stored)


def plain_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Meta information as values that JSON holds.

    Args:
        meta: With arrays and tuples anywhere.

    Returns:
        The same with lists.
    """
    result: dict[str, Any] = json.loads(json.dumps(dict(meta), default=_plain))
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, set | tuple):
        return list(value)
    return None  # bookkeeping of a trainer


def _published(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu()
    if half and value.is_floating_point():
        value = value.half()
    return value.contiguous()
