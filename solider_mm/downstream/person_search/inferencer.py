"""People in frames, each with an embedding to search by."""

from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from numpy.typing import NDArray
from torch import nn

from solider_mm.downstream.person_search.seq_roi_head import SeqRoIHead
from solider_mm.inference.media import MediaImage
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.semantic_weights import override_semantic_weight
from solider_mm.inference.unit_vectors import unit_vectors
from solider_mm.visualization.box_overlay import plot_boxes

__all__ = ["PersonSearchInferencer"]


class PersonSearchInferencer(PersonInferencer):
    """Boxes, scores and unit embeddings of the people in each image.

    Every result has, besides the common fields, sorted by score,

    - `boxes`: (N, 4) float32, x1, y1, x2, y2 in pixels of the image;
    - `scores`: (N,) float32 in [0, 1];
    - `features`: (N, C) float32 of unit length.

    An image without people has N = 0.

    Options of the call:

    - `score_threshold`: lowest score that is reported, 0.5 by default.
    """

    task: ClassVar[str] = "search"
    default_model: ClassVar[str] = "seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288"

    @torch.no_grad()
    def predict(
        self, batch: list[Any], semantic_weights: list[float | None], **options: Any
    ) -> list[Result]:
        """Search images one by one where their λ differ: regions share one λ."""
        if len(set(semantic_weights)) > 1:
            pairs = zip(batch, semantic_weights, strict=True)
            return [
                fields
                for sample, weight in pairs
                for fields in self.predict([sample], [weight], **options)
            ]
        return super().predict(batch, semantic_weights, **options)

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model embeds the people that it detects."""
        return isinstance(getattr(model, "roi_head", None), SeqRoIHead)

    def fields(self, sample: Any, **options: Any) -> Result:
        """Keep people above the threshold."""
        found = sample.pred_instances
        keep = found.scores >= float(options.get("score_threshold", 0.5))
        scores = found.scores[keep].float().cpu().numpy()
        features = found.embeddings[keep].float().cpu().numpy()
        height, width = sample.ori_shape[:2]
        boxes = found.bboxes[keep].float().cpu().numpy()
        boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        return {
            "boxes": boxes[order],
            "scores": scores[order],
            "features": unit_vectors(features[order]),
        }

    @torch.no_grad()
    def embed(
        self,
        item: MediaImage,
        box: tuple[float, float, float, float] | None = None,
        semantic_weight: float | None = None,
    ) -> NDArray[np.float32]:
        """Embedding of one given person, as queries are embedded in person search.

        Args:
            item: Image that shows the person.
            box: x1, y1, x2, y2 in pixels; None takes the whole image.
            semantic_weight: λ; None takes the model's own.

        Returns:
            (C,) float32 of unit length.

        Raises:
            ValueError: If the box is empty or outside the image.
        """
        height, width = item.image.shape[:2]
        x1, y1, x2, y2 = box or (0, 0, width, height)
        if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
            raise ValueError(
                f"box is {x1:g} {y1:g} {x2:g} {y2:g} in an image of {width}×{height} "
                "pixels (W×H): expected X1 < X2 and Y1 < Y2 inside the image"
            )
        data = self.prepare(item)
        sample = data["data_samples"]
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor([[x1, y1, x2, y2]]).float()
        )
        sample.set_metainfo({"is_query": True})
        with (
            DefaultScope.overwrite_default_scope(self.scope),
            override_semantic_weight(self.model, semantic_weight),
        ):
            (found,) = self.model.test_step(pseudo_collate([data]))
        vectors = found.pred_instances.embeddings.float().cpu().numpy()
        feature: NDArray[np.float32] = unit_vectors(vectors)[0]
        return feature

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Boxes with their scores."""
        captions = [f"{score:.2f}" for score in result["scores"]]
        return plot_boxes(image, result["boxes"], captions)
