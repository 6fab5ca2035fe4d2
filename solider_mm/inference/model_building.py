"""Build a model for inference from its config and weights."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from torch import Tensor, nn

from solider_mm.checkpoints import load_any
from solider_mm.checkpoints.loading import require_complete
from solider_mm.checkpoints.weight_checks import plain_names
from solider_mm.inference.backbone_files import is_backbone_only

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


def load_all_weights(model: nn.Module, path: str, task: str = "this task") -> None:
    """Load every weight of a model, or refuse the file.

    Args:
        model: Model of a task.
        path: Checkpoint.
        task: Name of the task, for messages.

    Raises:
        ValueError: If the file lacks a part, for example the task's head, or a weight
            cannot be used.
    """
    content = load_any(path)
    if is_backbone_only(content):
        raise ValueError(
            f"{path} holds a backbone without a head for {task}: give a checkpoint "
            "that was trained for it, or use the file for `features` or `parts`"
        )
    require_complete(model, path)
    state = plain_names(content.get("state_dict", content))
    weights = {name: _widened(value) for name, value in state.items()}
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


def checked_device(device: str | torch.device | None) -> str:
    """Name of a device that exists and computes.

    Args:
        device: Device for torch, or None.

    Returns:
        The device, by default `"cuda"` where there is a GPU.

    Raises:
        ValueError: If the name is wrong or the device is missing.
    """
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    name = str(device)
    try:
        torch.zeros(1, device=name).tolist()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ValueError(
            f"device is {name!r}, which torch cannot use ({reason}): give 'cpu', or "
            "'cuda' where there is a GPU"
        ) from error
    return name


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
