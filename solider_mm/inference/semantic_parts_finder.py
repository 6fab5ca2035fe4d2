"""Semantic parts of given images: backbone, clusterer, labels."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor, nn

from solider_mm.checkpoints import infer_arch, read_checkpoint
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD, image_batch
from solider_mm.functional.semantic_weight import check_semantic_weight
from solider_mm.inference.model_building import checked_device
from solider_mm.registry import MODELS

__all__ = ["SemanticParts", "SemanticPartsFinder"]

DEFAULT_SIZE = (256, 128)
RELEASED_STAGES = 4


class SemanticParts(NamedTuple):
    """Labels of a list of images for one λ.

    Attributes:
        semantic_weight: λ.
        semantic_labels: (B, h, w) integers, 0 background, 1…N from top to bottom.
        kept: (B,) bool, images whose foreground the clusterer accepts.
    """

    semantic_weight: float
    semantic_labels: NDArray[Any]
    kept: NDArray[Any]


class SemanticPartsFinder:
    """Finds semantic parts in person images.

    Args:
        backbone: a λ-Swin, or its config (``type`` defaults to ``SOLIDERSwin``, and
            ``arch`` to what the checkpoint holds).
        clusterer: a `SemanticClusterer`, its config, or None for the paper's settings.
        checkpoint: weights for a backbone given as config, in any layout that
            `solider_mm.checkpoints` knows; None keeps its ``init_cfg`` or random
            weights.
        size: (H, W) that images are resized to.
        batch_size: images per pass.
        device: default: a GPU if there is one.
        mean: of the pixels, RGB, 0…255.
        std: of the pixels, RGB, 0…255.

    Raises:
        ValueError: if `checkpoint` comes with a built backbone, or holds a Swin whose
            strides nothing tells, or if `batch_size` < 1,
            or the device is missing.
    """

    def __init__(
        self,
        backbone: nn.Module | Mapping[str, Any],
        clusterer: nn.Module | Mapping[str, Any] | None = None,
        *,
        checkpoint: str | None = None,
        size: tuple[int, int] = DEFAULT_SIZE,
        batch_size: int = 32,
        device: str | torch.device | None = None,
        mean: tuple[float, float, float] = IMAGE_MEAN,
        std: tuple[float, float, float] = IMAGE_STD,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1.")
        self.device = torch.device(checked_device(device))
        self.backbone = _build_backbone(backbone, checkpoint).to(self.device).eval()
        self.clusterer = _build_clusterer(clusterer).to(self.device)
        self.num_parts = cast(int, self.clusterer.num_parts)
        self.size = (int(size[0]), int(size[1]))
        self.batch_size = batch_size
        self.mean, self.std = mean, std

    @classmethod
    def from_config(
        cls,
        config: str | Path,
        *,
        checkpoint: str | None = None,
        num_parts: int | None = None,
        size: tuple[int, int] | None = None,
        **kwargs: Any,
    ) -> "SemanticPartsFinder":
        """Take backbone, clusterer, image size and pixel statistics from a config.

        Args:
            config: a pretraining config, or a task's with a λ-Swin as backbone.
            checkpoint: weights; None keeps the backbone's own ``init_cfg``.
            num_parts: N, instead of the config's.
            size: (H, W), instead of the config's ``global_size``.
            **kwargs: the other arguments of the constructor.

        Returns:
            The inferencer.

        Raises:
            ValueError: if the config has no ``model.backbone``.
        """
        cfg = Config.fromfile(config)
        model = cfg.get("model") or {}
        if "backbone" not in model:
            raise ValueError(
                f"{config} has no model.backbone; pass a pretraining config or one "
                "that uses SOLIDERSwin."
            )
        clusterer = dict(model.get("target_generator") or {})
        if num_parts is not None:
            clusterer["num_parts"] = num_parts
        statistics = model.get("data_preprocessor") or {}
        return cls(
            dict(model["backbone"]),
            clusterer,
            checkpoint=checkpoint,
            size=size or cfg.get("global_size", DEFAULT_SIZE),
            mean=statistics.get("mean", IMAGE_MEAN),
            std=statistics.get("std", IMAGE_STD),
            **kwargs,
        )

    def __call__(
        self,
        images: Sequence[NDArray[Any]],
        semantic_weight: float = 1.0,
        progress: Callable[[int], object] | None = None,
    ) -> SemanticParts:
        """Label all images.

        Args:
            images: (H_i, W_i, 3) uint8 RGB.
            semantic_weight: λ in [0, 1].
            progress: called with the number of images after every pass.

        Returns:
            Labels and kept flags in the order of the images.

        Raises:
            ValueError: if λ is outside [0, 1] or there is no image.
        """
        all_labels, all_kept = [], []
        for labels, kept in self.iterate(images, semantic_weight):
            all_labels.append(labels.numpy())
            all_kept.append(kept.numpy())
            if progress is not None:
                progress(len(labels))
        return SemanticParts(
            float(semantic_weight), np.concatenate(all_labels), np.concatenate(all_kept)
        )

    @torch.inference_mode()
    def iterate(
        self, images: Sequence[NDArray[Any]], semantic_weight: float = 1.0
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Label the images batch by batch, for lists that are too long to hold.

        Args:
            images: (H_i, W_i, 3) uint8 RGB.
            semantic_weight: λ in [0, 1].

        Yields:
            Semantic labels (b, h, w) and kept (b,) of the next images, on the CPU.

        Raises:
            ValueError: if λ is outside [0, 1] or there is no image.
        """
        weight = check_semantic_weight(semantic_weight)
        if not len(images):
            raise ValueError("no images were given; pass at least one.")
        for start in range(0, len(images), self.batch_size):
            chosen = images[start : start + self.batch_size]
            pictures = [torch.from_numpy(image).to(self.device) for image in chosen]
            batch = image_batch(pictures, self.size, self.mean, self.std)
            labels, kept = self.clusterer(self.backbone(batch, weight)[-1])
            yield labels.cpu(), kept.cpu()


def _build_backbone(
    backbone: nn.Module | Mapping[str, Any], checkpoint: str | None
) -> nn.Module:
    if isinstance(backbone, nn.Module):
        if checkpoint is not None:
            raise ValueError(
                f"checkpoint {checkpoint} was given with a built backbone; pass the "
                "backbone's config, or load the weights into it first."
            )
        return backbone
    config = _scoped("SOLIDERSwin", backbone)
    if checkpoint is not None and "arch" not in config:
        sizes = infer_arch(read_checkpoint(checkpoint).backbone)
        window_size = sizes.pop("window_size")
        if len(sizes["depths"]) != RELEASED_STAGES and "strides" not in config:
            raise ValueError(
                f"{checkpoint} holds a Swin of {len(sizes['depths'])} stages (released "
                f"ones have {RELEASED_STAGES}), and weights do not tell the strides "
                "between them nor the image size; pass the config it was trained with "
                "(--config), which a run leaves beside its checkpoints."
            )
        config |= {"arch": sizes, "window_size": window_size}
    if checkpoint is not None:
        config["init_cfg"] = {"type": "Pretrained", "checkpoint": checkpoint}
    model = MODELS.build(config)
    model.init_weights()
    return model


def _build_clusterer(clusterer: nn.Module | Mapping[str, Any] | None) -> nn.Module:
    if isinstance(clusterer, nn.Module):
        return clusterer
    return MODELS.build(_scoped("SemanticClusterer", clusterer or {}))


def _scoped(default: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Give a bare type our scope, as the config's `default_scope` would."""
    name = config.get("type", default)
    return {**config, "type": name if "." in name else f"solider_mm.{name}"}
