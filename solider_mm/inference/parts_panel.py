"""Panel that compares the semantic parts of images at several λ."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.image_io import write_image
from solider_mm.visualization.semantic_parts import plot_semantic_parts

__all__ = ["PartsPanel", "PartsView", "stack_parts"]

_MAX_IMAGES = 24


class PartsView(NamedTuple):
    """Semantic parts of several images at one λ.

    Attributes:
        semantic_weight: λ.
        semantic_labels: (B, h, w) uint8 per token, 0 background, 1…N parts.
        kept: (B,) bool, whether pretraining would use each image.
    """

    semantic_weight: float
    semantic_labels: NDArray[np.uint8]
    kept: NDArray[np.bool_]


def stack_parts(results: Sequence[Mapping[str, Any]]) -> PartsView:
    """Stack the results of a `SemanticPartsInferencer` at one λ.

    Args:
        results: At least one result.

    Returns:
        Labels and kept flags in the order of the results.
    """
    return PartsView(
        results[0]["semantic_weight"],
        np.stack([result["token_labels"] for result in results]),
        np.array([result["kept"] for result in results]),
    )


class PartsPanel:
    """Collects at most 24 images, evenly spaced, and their parts at each λ.

    Args:
        num_parts: N.
        total: Number of images, if it is known; else the first 24 are shown.
    """

    def __init__(self, num_parts: int, total: int | None = None) -> None:
        self.num_parts = num_parts
        count = min(total or _MAX_IMAGES, _MAX_IMAGES)
        last = (total or count) - 1
        self._chosen = set(np.linspace(0, last, count).round().astype(int).tolist())
        self._images: list[NDArray[np.uint8]] = []
        self._names: list[str] = []
        self._views: list[list[dict[str, Any]]] = []
        self._seen = 0

    def next_view(self) -> None:
        """Begin with the next λ, for which the same images come again."""
        self._views.append([])
        self._seen = 0

    def add(self, result: dict[str, Any]) -> None:
        """Take the next image.

        Args:
            result: Result of a `SemanticPartsInferencer`, with `image`.
        """
        if self._seen in self._chosen:
            kept = ("token_labels", "kept", "semantic_weight")
            self._views[-1].append({name: result[name] for name in kept})
            if len(self._views) == 1:
                self._images.append(result["image"])
                self._names.append(result["name"])
        self._seen += 1

    def write(self, path: Path) -> None:
        """Write the panel; without an image there is none.

        Args:
            path: Image file.
        """
        if not self._images:
            return
        views = [stack_parts(view) for view in self._views]
        panel = plot_semantic_parts(
            self._images, views, num_parts=self.num_parts, names=self._names
        )
        write_image(panel, path)
