"""Build a model for inference from its config and weights."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from torch import Tensor, nn

from solider_mm.checkpoints import load_file
from solider_mm.checkpoints.loading import require_complete

__all__ = [
    "checked_device",
    "inference_config",
    "inference_pipeline",
    "load_all_weights",
    "test_pipeline",
]

_LOADERS = ("LoadImage", "LoadCheckedImage", "LoadPersonImage")
_ANNOTATIONS = (
    "LoadAnnotations",
    "LoadLabelMap",
    "LoadPersonSearchAnnotations",
    "LoadTrackAnnotations",
)


def inference_config(cfg: Config) -> ConfigDict:
    """Config of the model without the weights that training starts from.

    Args:
        cfg: Whole config.

    Returns:
        Config for `MODELS.build`.
    """
    model: ConfigDict = copy.deepcopy(cfg.model)
    backbone = model.get("backbone")
    if isinstance(backbone, dict):
        backbone.pop("init_cfg", None)
    model.pop("init_cfg", None)
    return model


def load_all_weights(model: nn.Module, path: str) -> None:
    """Load every weight of a model, or refuse the file.

    Args:
        model: Model of a task.
        path: Checkpoint.

    Raises:
        ValueError: If the file lacks a part, for example the task's head.
    """
    require_complete(model, path)
    content = load_file(path)
    state = content.get("state_dict", content)
    weights = {
        name.removeprefix("module."): _widened(value)
        for name, value in state.items()
        if isinstance(value, Tensor)
    }
    model.load_state_dict(weights, strict=False)


def inference_pipeline(cfg: Config) -> Compose:
    """Transforms of the test set for an image in memory, without labels.

    Args:
        cfg: Whole config.

    Returns:
        The transforms.
    """
    unwanted = (*_LOADERS, *_ANNOTATIONS)
    return Compose([s for s in test_pipeline(cfg) if not _named(s, unwanted)])


def _widened(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def checked_device(device: str | None) -> str:
    """Name of a device that exists.

    Args:
        device: Name for torch, or None.

    Returns:
        The device, by default `"cuda"` where there is a GPU.

    Raises:
        ValueError: If the name is wrong or the device is missing.
    """
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device is {device!r}, which torch cannot use "
            f"({str(error).splitlines()[0]}): give 'cpu', or 'cuda' where there is a "
            "GPU"
        ) from error
    return device


def test_pipeline(cfg: Config) -> list[dict[str, Any]]:
    """Transforms of the config's test data set."""
    dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    pipeline = dataset.get("pipeline") or cfg.get("test_pipeline")
    if not pipeline:
        raise ValueError(
            "the config has no test_dataloader.dataset.pipeline: give a config of a "
            "task, or add one"
        )
    return list(pipeline)


def _named(step: Mapping[str, Any], names: Iterable[str]) -> bool:
    kind = str(step["type"]).rpartition(".")[2]
    return any(kind == name or kind.startswith(f"{name}From") for name in names)
