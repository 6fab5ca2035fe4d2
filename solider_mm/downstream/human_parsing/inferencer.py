"""Class of every pixel of a person."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmseg.models.segmentors.base import BaseSegmentor
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from solider_mm.downstream.human_parsing.clothing_classes import class_palette
from solider_mm.downstream.human_parsing.overlay import draw_parsing
from solider_mm.fileio.atomic import atomic_path
from solider_mm.inference.media import MediaImage
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.semantic_weights import (
    batch_semantic_weights,
    override_semantic_weight,
)

__all__ = ["HumanParsingInferencer"]


class HumanParsingInferencer(PersonInferencer):
    """Label maps of images of one person each.

    Every result has, besides the common fields,

    - `labels`: (H, W) uint8, class of each pixel of the image, 0 = background;
    - `classes`: names of the classes, in the order of their numbers.

    Options of the call:

    - `all_views`: whether the scales and flips of the config are averaged; one view by
      default.

    The row of a result has the share of pixels of each class that is present, and
    `mask`, the PNG (8-bit, class numbers) written beside it.
    """

    task: ClassVar[str] = "parse"
    default_model: ClassVar[str] = "ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88"

    @torch.no_grad()
    def predict(
        self, batch: list[Any], semantic_weights: list[float | None], **options: Any
    ) -> list[Result]:
        """Parse one view of each image, or all views of the config."""
        weights = batch_semantic_weights(semantic_weights)
        step = self.model.test_step if options.get("all_views") else self.model.val_step
        with (
            DefaultScope.overwrite_default_scope(self.scope),
            override_semantic_weight(self.model, weights),
        ):
            samples = step(pseudo_collate(batch))
        return [self.fields(sample) for sample in samples]

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model labels pixels."""
        return isinstance(model, BaseSegmentor)

    def fields(self, sample: Any, **options: Any) -> Result:
        """Label map at the size of the image."""
        labels = sample.pred_sem_seg.data[0].to(torch.uint8).cpu().numpy()
        return {"labels": labels, "classes": list(self.classes)}

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; numbers where the weights store none."""
        count = int(self.model.num_classes)
        names = tuple(
            (getattr(self.model, "dataset_meta", None) or {}).get("classes", ())
        )
        return names if len(names) == count else tuple(map(str, range(count)))

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Colored parts with a legend."""
        meta = getattr(self.model, "dataset_meta", None) or {}
        count = len(result["classes"])
        palette = meta.get("palette") or ()
        colors = palette if len(palette) == count else class_palette(count)
        return draw_parsing(image, result["labels"], result["classes"], colors)

    def row(self, result: Result) -> dict[str, Any]:
        """Row with the share of each class present, without the map."""
        labels, classes = result["labels"], result["classes"]
        counts = np.bincount(labels.reshape(-1), minlength=len(classes))
        shares = {
            classes[i]: round(float(counts[i] / labels.size), 5)
            for i in np.flatnonzero(counts)
        }
        rest = {k: v for k, v in result.items() if k not in ("labels", "classes")}
        return super().row(rest) | {"shares": shares}

    def write_files(
        self, folder: Path, item: MediaImage, result: Result
    ) -> dict[str, Any]:
        """Write the label map as PNG."""
        mask = Path("masks") / f"{item.name}.png"
        with atomic_path(folder / mask) as temporary:
            Image.fromarray(result["labels"]).save(temporary)
        return {"mask": mask.as_posix()}
