"""Semantic parts of people, found without labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from solider_mm.fileio.atomic import atomic_path
from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.media import MediaImage
from solider_mm.inference.person_inferencer import Result
from solider_mm.inference.semantic_weights import override_semantic_weight
from solider_mm.registry import MODELS
from solider_mm.visualization.palette import BACKGROUND, PART_COLORS

__all__ = ["SemanticPartsInferencer"]

_READABLE = 256  # pixels of the longer side of a picture, at least


class SemanticPartsInferencer(FeatureExtractor):
    """Foreground and its N parts, by clustering the tokens of each image.

    Every result has, besides the common fields,

    - `semantic_labels`: (H, W) uint8 at the size of the image, 0 = background, 1…N
      from top to bottom;
    - `token_labels`: (h, w) uint8, the same per token;
    - `kept` (bool): whether the foreground is large enough for pretraining.

    λ is 1 where neither the model nor the call sets it: pretraining finds parts at 1.

    Args:
        *args: See `FeatureExtractor`.
        num_parts: N, 1 to 8; None takes that of the config, or 3.
        clusterer: Other settings of the `SemanticClusterer`, for example
            `min_foreground`; they override those of a pretraining config.
        **kwargs: See `FeatureExtractor`.
    """

    task: ClassVar[str] = "parts"
    embedded_semantic_weight: ClassVar[float] = 1.0
    rows_name: ClassVar[str] = "predictions"
    draws: ClassVar[bool] = True

    def __init__(
        self,
        *args: Any,
        num_parts: int | None = None,
        clusterer: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        settings = dict(self.cfg.model.get("target_generator") or {})
        settings |= {**(clusterer or {}), "type": "solider_mm.SemanticClusterer"}
        if num_parts is not None:
            settings["num_parts"] = num_parts
        self.clusterer = MODELS.build(settings)
        self.num_parts = int(self.clusterer.num_parts)

    def model_config(self, cfg: Config) -> ConfigDict:
        """Config of the backbone, with λ = 1 if it has none."""
        backbone = super().model_config(cfg)
        if backbone.get("semantic_weight") is None:
            backbone["semantic_weight"] = 1.0
        return backbone

    @torch.no_grad()
    def predict(
        self, batch: list[Tensor], semantic_weights: list[float | None], **options: Any
    ) -> list[Result]:
        """Cluster the last map of each image."""
        images = torch.stack(batch).to(next(self.model.parameters()).device)
        weights = (
            None if semantic_weights[0] is None else torch.tensor(semantic_weights)
        )
        with override_semantic_weight(self.model, weights):
            labels, kept = self.clusterer(self.model(images)[-1])
        return [
            {"token_labels": label, "kept": bool(keep)}
            for label, keep in zip(
                labels.to(torch.uint8).cpu().numpy(), kept.tolist(), strict=True
            )
        ]

    def finish(self, item: MediaImage, result: Result, **options: Any) -> Result:
        """Add the labels at the size of the image."""
        height, width = item.image.shape[:2]
        labels = cv2.resize(
            result["token_labels"], (width, height), interpolation=cv2.INTER_NEAREST
        )
        return result | {"semantic_labels": labels}

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """The image with its parts in color; small images are enlarged."""
        colors = np.array([BACKGROUND, *PART_COLORS], np.float32)
        labels = result["semantic_labels"].astype(np.intp) % len(colors)
        share = np.where(labels > 0, 0.55, 0.25)[..., None]
        painted = (1 - share) * image + share * colors[labels]
        scale = max(1, -(-_READABLE // max(image.shape[:2])))
        return painted.round().astype(np.uint8).repeat(scale, 0).repeat(scale, 1)

    def row(self, result: Result) -> dict[str, Any]:
        """Row with the token labels; the map of pixels is written as PNG."""
        rest = {k: v for k, v in result.items() if k != "semantic_labels"}
        return super(FeatureExtractor, self).row(rest)

    def write_files(
        self, folder: Path, item: MediaImage, result: Result
    ) -> dict[str, Any]:
        """Write the label map as PNG."""
        mask = Path("masks") / f"{item.name}.png"
        with atomic_path(folder / mask) as temporary:
            Image.fromarray(result["semantic_labels"]).save(temporary)
        return {"mask": mask.as_posix()}
