"""Features of person images from a λ-Swin: one vector per image."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from numpy.typing import NDArray
from torch import Tensor, nn

from solider_mm.checkpoints.embedded import EMBEDDED_SIZE, embedded_backbone
from solider_mm.checkpoints.loading import load_backbone
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD, image_batch
from solider_mm.inference.backbone_files import backbone_config
from solider_mm.inference.media import MediaImage
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.semantic_weights import override_semantic_weight
from solider_mm.inference.unit_vectors import unit_vectors

__all__ = ["FeatureExtractor"]

_DEFAULT_SIZE = (256, 128)
_EMBEDDED = "embedded"
_SMALLEST = 16


class FeatureExtractor(PersonInferencer):
    """Pooled features of a backbone, without any task's head.

    Every result has, besides the common fields, `feature`: (C,) float32, the mean of
    the last map over its tokens. The embedded backbone has λ = 0.2 here, the authors'
    value for re-identification; every other model needs a λ of its own or at the call.
    Files of a backbone alone need no config: sizes are read from the weights.

    Args:
        model: See `PersonInferencer`; the default is the embedded nano backbone. The
            config may be of any task: its backbone, image size and statistics are used.
        weights: Any file that holds a λ-Swin.
        device: See `PersonInferencer`.
        normalize: Whether features have unit length.
        size: (H, W) that images are resized to; None takes that of the config.
        show_progress: See `PersonInferencer`.

    Raises:
        ValueError: If λ is neither in the config nor given at the call.
    """

    task: ClassVar[str] = "features"
    default_model: ClassVar[str] = _EMBEDDED
    embedded_semantic_weight: ClassVar[float] = 0.2
    rows_name: ClassVar[str] = "features"
    draws: ClassVar[bool] = False

    def __init__(
        self,
        model: Any = None,
        weights: str | Path | None = None,
        device: str | None = None,
        *,
        normalize: bool = False,
        size: tuple[int, int] | None = None,
        show_progress: bool = True,
    ) -> None:
        self.normalize = normalize
        self._given_size = size
        if model == _EMBEDDED or (model is None and weights in (None, _EMBEDDED)):
            model = embedded_config()
            if weights is None or weights == _EMBEDDED:
                model.model.backbone.semantic_weight = self.embedded_semantic_weight
                weights = _EMBEDDED
        super().__init__(model, weights, device, show_progress=show_progress)

    @staticmethod
    def config_for(content: Any) -> Config | None:
        """Read the sizes of the backbone from its weights."""
        return backbone_config(content)

    def model_config(self, cfg: Config) -> ConfigDict:
        """Config of the backbone."""
        model = super().model_config(cfg)
        backbone = model.get("backbone")
        if not isinstance(backbone, dict):
            raise ValueError(
                f"{self.source.name} has no model.backbone: give a config with a "
                "SOLIDERSwin"
            )
        kind = str(backbone["type"])
        backbone["type"] = kind if "." in kind else f"solider_mm.{kind}"
        return backbone

    def load_weights(self, model: nn.Module, path: str) -> None:
        """Load the backbone out of any file that holds one."""
        load_backbone(model, path)

    def _init_pipeline(self, cfg: Config) -> Any:
        statistics = cfg.model.get("data_preprocessor") or {}
        self.mean = tuple(statistics.get("mean") or IMAGE_MEAN)
        self.std = tuple(statistics.get("std") or IMAGE_STD)
        self.size = self._given_size or _image_size(cfg)
        if len(self.size) != 2 or min(self.size) < _SMALLEST:
            raise ValueError(
                f"size is {tuple(self.size)}, expected (H, W) of at least {_SMALLEST} "
                "pixels each"
            )

    def prepare(self, item: MediaImage, **options: Any) -> Tensor:
        """Resize and normalize to (3, H, W)."""
        pixels = torch.from_numpy(item.image)
        return image_batch([pixels], self.size, self.mean, self.std)[0]

    @torch.no_grad()
    def predict(
        self, batch: list[Tensor], semantic_weights: list[float | None], **options: Any
    ) -> list[Result]:
        """Pool the last map of each image."""
        images = torch.stack(batch).to(next(self.model.parameters()).device)
        weights = (
            None if semantic_weights[0] is None else torch.tensor(semantic_weights)
        )
        with override_semantic_weight(self.model, weights):
            features = self.model(images)[-1].flatten(2).mean(-1).float()  # (B, C)
        vectors = features.cpu().numpy()
        if self.normalize:
            vectors = unit_vectors(vectors)
        return [{"feature": vector} for vector in vectors]

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Return the image itself: a vector has no picture."""
        return image

    def row(self, result: Result) -> dict[str, Any]:
        """Row without the vector, which `save_features` writes."""
        rest = {k: v for k, v in result.items() if k != "feature"}
        return super().row(rest) | {"channels": len(result["feature"])}


def embedded_config() -> Config:
    """Config of the embedded nano backbone.

    Returns:
        Config with model and image size.
    """
    backbone = {k: v for k, v in embedded_backbone().items() if k != "init_cfg"}
    return Config(
        ConfigDict(
            model={"backbone": backbone},
            global_size=EMBEDDED_SIZE,
            default_scope="mmpretrain",
        )
    )


def _image_size(cfg: Config) -> tuple[int, int]:
    """(H, W) that the config's test images have."""
    for name in ("global_size", "image_size"):
        if cfg.get(name):
            return (int(cfg[name][0]), int(cfg[name][1]))
    for step in cfg.get("test_pipeline") or []:
        if str(step["type"]).endswith("Resize") and "scale" in step:
            width, height = step["scale"]
            return (int(height), int(width))
    return _DEFAULT_SIZE
