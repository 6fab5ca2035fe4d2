"""Find and build the model that a user names for an export."""

import importlib
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import DefaultScope

from solider_mm.checkpoints import load_file, parse_checkpoint
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS, EMBEDDED_SIZE
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.checkpoints.loading import load_backbone
from solider_mm.checkpoints.publishing import dataset_meta_of
from solider_mm.checkpoints.stored_config import config_of
from solider_mm.export.image_size import config_image_size
from solider_mm.export.model_to_export import BACKBONE, ModelToExport, task_of
from solider_mm.fileio.download import sha256_of
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD
from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.model_building import inference_config, load_all_weights
from solider_mm.inference.model_source import ModelSource, resolve_model
from solider_mm.inference.official_reid import official_reid_config
from solider_mm.models.backbones.pretrained import backbone_options
from solider_mm.models.backbones.solider_swin import SOLIDERSwin
from solider_mm.registry import MODELS
from solider_mm.version_gate import HOSTS, require_host

__all__ = ["find_model_to_export"]

_EMBEDDED_WEIGHT = FeatureExtractor.embedded_semantic_weight


def find_model_to_export(
    checkpoint: str | Path, config: str | Path | None = None, task: str | None = None
) -> ModelToExport:
    """Build a model and load its weights.

    Args:
        checkpoint: Name of a named model, `"embedded"`, a file, a URL or `hf://…`.
        config: Config of the model; None takes the one of the name or of the file. A
            file without one is exported as a backbone.
        task: Expected task; `"backbone"` exports only the backbone of any model; None
            takes the model's task.

    Returns:
        The model.

    Raises:
        ValueError: If there is no such model, its weights lack a part of it, it is of
            another task, or its backbone is a plain Swin.
        FileNotFoundError: If a file does not exist.
        ImportError: If the task's host is not installed.
    """
    source = _source_of(str(checkpoint), config)
    if source is None or task == BACKBONE:
        path = _weights_of(source, str(checkpoint))
        found = _backbone(str(checkpoint), path, source)
    else:
        found = _task_model(source)
    if task is not None and found.task != task:
        raise ValueError(
            f"{checkpoint} holds a model for {found.task}, expected {task}: give a "
            "checkpoint and the config of that task, or leave the task out"
        )
    return found


def _source_of(checkpoint: str, config: str | Path | None) -> ModelSource | None:
    """The model with its config; None for a backbone without one."""
    if config is not None:
        return resolve_model(config, checkpoint)
    is_file = Path(checkpoint).suffix in (".pth", ".pt", ".safetensors")
    if checkpoint in EMBEDDED_CHECKPOINTS:
        return None
    if not is_file and "://" not in checkpoint:
        return resolve_model(checkpoint, None)
    path = fetch_weights(checkpoint)
    content = load_file(path)
    stored = config_of(content) or official_reid_config(content)
    return None if stored is None else ModelSource(path.stem, stored, path)


def _weights_of(source: ModelSource | None, checkpoint: str) -> Path:
    if source is None:
        return fetch_weights(checkpoint)
    if source.weights is None:
        raise ValueError(
            f"{source.name} has no published weights: train it with its config, and "
            "give the config and the file that training wrote"
        )
    return source.weights


def _task_model(source: ModelSource) -> ModelToExport:
    cfg, path = source.config, _weights_of(source, source.name)
    task = task_of(cfg)
    if task == BACKBONE:  # a pretraining
        return _backbone(source.name, path, source)
    _require_lambda(cfg, source.name)
    scope = cfg.get("default_scope", "mmpretrain")
    if scope in HOSTS:
        require_host(scope)
    importlib.import_module(f"{scope}.registry")
    with DefaultScope.overwrite_default_scope(scope):
        model = MODELS.build(inference_config(cfg))
    load_all_weights(model, str(path), task)
    statistics = cfg.model.get("data_preprocessor") or {}
    return ModelToExport(
        model=model.eval(),
        task=task,
        size=config_image_size(cfg),
        mean=tuple(statistics.get("mean") or (0.0, 0.0, 0.0)),
        std=tuple(statistics.get("std") or (1.0, 1.0, 1.0)),
        semantic_weight=cfg.model.backbone.get("semantic_weight"),
        name=source.name,
        metadata=dict(source.metadata),
        classes=_class_names(dataset_meta_of(load_file(path))),
        weights_sha256=sha256_of(path),
        config=cfg,
    )


def _backbone(name: str, path: Path, source: ModelSource | None) -> ModelToExport:
    weights = parse_checkpoint(load_file(path)).backbone
    cfg = None if source is None else source.config
    options = backbone_options(name, weights, cfg)
    size, mean, std = (256, 128), IMAGE_MEAN, IMAGE_STD
    weight = options.get("semantic_weight")
    if cfg is not None:
        size = config_image_size(cfg)
        statistics = cfg.model.get("data_preprocessor") or {}
        mean = tuple(statistics.get("mean") or mean)
        std = tuple(statistics.get("std") or std)
    if name in EMBEDDED_CHECKPOINTS:
        size, weight = EMBEDDED_SIZE, _EMBEDDED_WEIGHT
    model = SOLIDERSwin(**options)
    load_backbone(model, path)
    return ModelToExport(
        model=model.eval(),
        task=BACKBONE,
        size=size,
        mean=mean,
        std=std,
        semantic_weight=weight,
        name=name if source is None else source.name,
        metadata={} if source is None else dict(source.metadata),
        weights_sha256=sha256_of(path),
        config=cfg,
    )


def _require_lambda(cfg: Config, name: str) -> None:
    kind = str(cfg.model.backbone.type)
    if not kind.endswith("SOLIDERSwin"):
        raise ValueError(
            f"{name} has a plain Swin ({kind}) without semantic controllers, so λ "
            "would have no effect: give a model on SOLIDERSwin, or pretrain one with "
            "SOLIDER"
        )


def _class_names(meta: dict[str, Any]) -> tuple[str, ...]:
    names = meta.get("classes") or (meta.get("keypoint_id2name") or {}).values()
    return tuple(map(str, names))
