"""A model of a task behind mmengine's inferencer interface."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from mmengine.config import Config, ConfigDict
from mmengine.dataset import pseudo_collate
from mmengine.infer import BaseInferencer
from mmengine.registry import DefaultScope
from numpy.typing import NDArray
from torch import nn

from solider_mm.checkpoints import load_file
from solider_mm.checkpoints.publishing import dataset_meta_of
from solider_mm.inference.model_building import (
    checked_device,
    inference_config,
    inference_pipeline,
    load_all_weights,
)
from solider_mm.inference.model_source import resolve_model
from solider_mm.registry import MODELS

__all__ = ["ModelInferencer", "Result"]

Result = dict[str, Any]
"""Answer for one image; each inferencer documents its fields."""


class ModelInferencer(BaseInferencer):
    """Builds a model from a name, a config or a checkpoint, and loads it safely.

    Args:
        model: Name in the metafiles, path of a config, a config, or a checkpoint that
            carries its config; None takes the task's default.
        weights: File, URL or `hf://owner/name`; None takes those of the name.
        device: For example `"cuda:0"`; None takes a GPU if there is one.
        show_progress: Whether to show a progress bar.

    Raises:
        ValueError: If the model is unknown, has no weights, or the weights lack a part
            of it.
        FileNotFoundError: If a file is missing.
        ImportError: If the task's host is not installed.
    """

    task: ClassVar[str]
    """Name on the command line."""
    default_model: ClassVar[str]
    """Name of the model that is taken if none is given."""
    host: ClassVar[str | None] = None
    """OpenMMLab package whose models are found by name as well."""

    def __init__(
        self,
        model: str | Path | Mapping[str, Any] | None = None,
        weights: str | Path | None = None,
        device: str | None = None,
        *,
        show_progress: bool = True,
    ) -> None:
        if model is None and weights is None:
            model = self.default_model
        device = checked_device(device)  # before weights are fetched and read
        self.source = resolve_model(
            model,
            weights,
            task=self.task,
            host=self.host,
            config_for=self.config_for,
        )
        scope = self.source.config.get("default_scope", "mmpretrain")
        importlib.import_module(f"{scope}.registry")
        with DefaultScope.overwrite_default_scope(scope):
            super().__init__(
                self.source.config,
                None if self.source.weights is None else str(self.source.weights),
                device,
                scope=scope,
                show_progress=show_progress,
            )

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Paint a result.

        Args:
            image: (H, W, 3) uint8, RGB.
            result: Result of this image.

        Returns:
            Picture (H', W', 3) uint8, RGB.
        """
        raise NotImplementedError

    def _init_model(self, cfg: Config, weights: str | None, device: str) -> nn.Module:
        model_cfg = self.model_config(cfg)
        model = MODELS.build(model_cfg)
        if not self.answers(model):
            raise ValueError(
                f"{self.source.name} is a {type(model).__name__} that does not answer "
                f"for {self.task}: give a model of this task (`python -m solider_mm "
                "models` lists them)"
            )
        if weights is None:
            raise ValueError(
                f"{self.source.name} has no published weights: train it with its "
                "config, or give weights=FILE"
            )
        self.load_weights(model, weights)
        meta = dataset_meta_of(load_file(weights))
        if meta:
            model.dataset_meta = meta
        model.cfg = cfg
        return model.to(device).eval()

    @staticmethod
    def config_for(content: Any) -> Config | None:
        """Find the config of a file that carries none.

        Args:
            content: What `load_file` returned.

        Returns:
            The config; None if the content does not determine it.
        """
        del content
        return None

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model's predictions have the fields of the task.

        Args:
            model: Any model that a config describes.

        Returns:
            True if it is a model of the task.
        """
        del model
        return True

    def model_config(self, cfg: Config) -> ConfigDict:
        """Config of the model that is built.

        Args:
            cfg: Whole config.

        Returns:
            Config for `MODELS.build`.
        """
        return inference_config(cfg)

    def load_weights(self, model: nn.Module, path: str) -> None:
        """Load the weights, or refuse a file that lacks a part of the model.

        Args:
            model: Model of the task.
            path: Checkpoint.
        """
        load_all_weights(model, path, self.task)

    def _init_pipeline(self, cfg: Config) -> Any:
        return inference_pipeline(cfg)

    def _init_visualizer(self, cfg: Config) -> None:
        return None

    def _init_collate(self, cfg: Config) -> Any:
        return pseudo_collate

    def visualize(
        self, inputs: list[Any], preds: Any, show: bool = False, **kwargs: Any
    ) -> list[NDArray[np.uint8]]:
        """Paint results, as mmengine's interface asks.

        Args:
            inputs: Images (H, W, 3) uint8, RGB.
            preds: Their results.
            show: Ignored; pictures are returned.
            **kwargs: Ignored.

        Returns:
            One picture per image.
        """
        return [self.draw(i, p) for i, p in zip(inputs, preds, strict=True)]

    def postprocess(
        self, preds: Any, visualization: Any, return_datasample: bool = False
    ) -> dict[str, Any]:
        """Pack results, as mmengine's interface asks.

        Args:
            preds: Results.
            visualization: Pictures.
            return_datasample: Ignored; results are plain dictionaries.

        Returns:
            `predictions` and `visualization`.
        """
        return {"predictions": preds, "visualization": visualization}
