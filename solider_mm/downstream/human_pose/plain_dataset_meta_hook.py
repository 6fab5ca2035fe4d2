"""Checkpoints whose dataset metainfo has no numpy arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.registry import HOOKS

__all__ = ["PlainDatasetMetaHook"]


@HOOKS.register_module()
class PlainDatasetMetaHook(Hook):
    """Store the dataset metainfo of a checkpoint as lists and numbers.

    mmpose's metainfo contains numpy arrays. A checkpoint with arrays cannot be read
    with `torch.load(weights_only=True)`, the safe way to load it.
    """

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Convert `meta.dataset_meta`."""
        del runner
        meta = checkpoint.get("meta", {})
        if "dataset_meta" in meta:
            meta["dataset_meta"] = _plain(meta["dataset_meta"])


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
