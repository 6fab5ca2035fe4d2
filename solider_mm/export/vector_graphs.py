"""Graphs with one vector per image, and the backbone alone."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.export.task_graph import TaskGraph

__all__ = ["AttributeGraph", "BackboneGraph", "ReIDGraph"]


class BackboneGraph(TaskGraph):
    """Maps of the stages in `out_indices`: `stage0`, … of (B, C_i, H_i, W_i)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self.output_names = [f"stage{i}" for i in self.model.out_indices]

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute the maps; see `TaskGraph`."""
        maps: tuple[Tensor, ...] = self.model(images, semantic_weight)
        return maps

    def facts(self) -> dict[str, Any]:
        """Channels of the maps."""
        channels = [self.model.num_features[i] for i in self.model.out_indices]
        return {"channels_of_maps": channels, "embedding_size": channels[-1]}


class ReIDGraph(TaskGraph):
    """Unit vectors `embeddings` (B, C); their dot product is the cosine."""

    output_names = ("embeddings",)

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute the vectors; see `TaskGraph`."""
        feature = self.model.head.pre_logits(self.maps(images, semantic_weight))
        return (F.normalize(feature),)

    def facts(self) -> dict[str, Any]:
        """Length of a vector."""
        return {"embedding_size": self.model.head.classifier.in_features}


class AttributeGraph(TaskGraph):
    """Probabilities `scores` (B, A) of the attributes."""

    output_names = ("scores",)

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute the probabilities; see `TaskGraph`."""
        return (self.model.head(self.maps(images, semantic_weight)).sigmoid(),)

    def facts(self) -> dict[str, Any]:
        """Length of the vector before the classifier."""
        return {"embedding_size": self.model.head.in_channels}
