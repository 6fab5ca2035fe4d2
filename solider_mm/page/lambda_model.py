"""What the page shows of an image: parts, similarity, neighbors and the λ curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from solider_mm.checkpoints.controllers import require_controllers
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.functional.image_batch import image_batch
from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.registry import MODELS
from solider_mm.synthetic import render_pedestrian
from solider_mm.visualization.palette import BACKGROUND, PART_COLORS, as_hex

__all__ = ["LambdaModel", "Neighbor"]

Picture = NDArray[np.uint8]
CURVE = (0.0, 0.25, 0.5, 0.75, 1.0)
_SHOWN_HEIGHT = 384
_GALLERY_SIZE = (128, 64)


class Neighbor(NamedTuple):
    """A gallery image with its likeness.

    Attributes:
        picture: (H, W, 3) uint8, RGB.
        caption: Cosine to the chosen image.
    """

    picture: Picture
    caption: str


@dataclass(frozen=True)
class _Gallery:
    pictures: list[Picture]
    batch: Tensor  # (G, 3, H, W)


class LambdaModel:
    """Answers of a λ-Swin for one image at any λ.

    Args:
        model: See `FeatureExtractor`; the default is the embedded nano backbone.
        weights: See `FeatureExtractor`.
        num_gallery: Synthetic pedestrians that the image is compared with.
        gallery_identities: First identity of the gallery; those of the embedded
            weights' training are below it.

    Raises:
        ValueError: If λ has no effect on the weights; see `FeatureExtractor`, too.
    """

    def __init__(
        self,
        model: Any = None,
        weights: str | None = None,
        *,
        num_gallery: int = 48,
        gallery_identities: int = 100_000,
    ) -> None:
        if weights is not None:
            require_controllers(fetch_weights(weights))
        self.extractor = FeatureExtractor(model, weights, show_progress=False)
        self.backbone: Any = self.extractor.model
        people = [(gallery_identities + n // 2, n % 2) for n in range(num_gallery)]
        pictures = [
            render_pedestrian(person, camera, 0, _GALLERY_SIZE, background="noise")[
                "image"
            ]
            for person, camera in people
        ]
        self._gallery = _Gallery(pictures, self._batch(pictures))
        self._gallery_features = lru_cache(maxsize=64)(self._embed_gallery)
        self._contrasts = lru_cache(maxsize=8)(self._measure_contrasts)

    def maps(self, image: Picture, semantic_weights: Sequence[float]) -> list[Tensor]:
        """Last map (C, h, w) of an image for each λ.

        Args:
            image: (H, W, 3) uint8, RGB.
            semantic_weights: Values of λ.

        Returns:
            One map per λ.
        """
        with torch.inference_mode():
            batch = self._batch([image])
            found = self.backbone.forward_weights(batch, list(semantic_weights))
        return [stages[-1][0] for stages in found]

    def parts(self, image: Picture, semantic_weight: float, num_parts: int) -> Picture:
        """The image with its semantic parts in color.

        Args:
            image: (H, W, 3) uint8, RGB.
            semantic_weight: λ.
            num_parts: N.

        Returns:
            Picture (H', W', 3) uint8, RGB.
        """
        clusterer = MODELS.build(
            {"type": "solider_mm.SemanticClusterer", "num_parts": num_parts}
        )
        (features,) = self.maps(image, [semantic_weight])
        with torch.inference_mode():
            labels, _ = clusterer(features[None])
        shown = shown_size(image)
        tokens = labels[0].to(torch.uint8).numpy()
        label_map = _stretched(tokens, shown, cv2.INTER_NEAREST).astype(np.intp)
        colors = np.array([BACKGROUND, *PART_COLORS], np.float32)
        share = np.where(label_map > 0, 0.55, 0.3)[..., None]
        base = _stretched(image, shown, cv2.INTER_LINEAR).astype(np.float32)
        mixed = (1 - share) * base + share * colors[label_map]
        return mixed.round().astype(np.uint8)

    def similarity(
        self, image: Picture, semantic_weight: float, point: tuple[float, float]
    ) -> Picture:
        """How alike each place is to a chosen one: bright means alike.

        Args:
            image: (H, W, 3) uint8, RGB.
            semantic_weight: λ.
            point: (y, x) of the place, as shares of height and width in [0, 1).

        Returns:
            Picture (H', W', 3) uint8, RGB, with a cross at the place.
        """
        (features,) = self.maps(image, [semantic_weight])
        unit = F.normalize(features.float(), dim=0)  # (C, h, w)
        height, width = unit.shape[1:]
        row, column = int(point[0] * height), int(point[1] * width)
        cosine = torch.einsum("chw,c->hw", unit, unit[:, row, column]).numpy()
        low, high = float(cosine.min()), float(cosine.max())
        scaled = (cosine - low) / max(high - low, 1e-6)
        shown = shown_size(image)
        heat = _stretched((255 * scaled).astype(np.uint8), shown, cv2.INTER_LINEAR)
        colored = cv2.applyColorMap(heat, cv2.COLORMAP_VIRIDIS)[..., ::-1]
        base = _stretched(image, shown, cv2.INTER_LINEAR)
        mixed = (0.45 * base + 0.55 * colored).round().astype(np.uint8)
        y, x = int(point[0] * shown[0]), int(point[1] * shown[1])
        cv2.drawMarker(mixed, (x, y), (255, 255, 255), cv2.MARKER_CROSS, 18, 2)
        return mixed

    def neighbors(
        self, image: Picture, semantic_weight: float, count: int = 6
    ) -> list[Neighbor]:
        """Gallery images nearest to an image.

        Args:
            image: (H, W, 3) uint8, RGB.
            semantic_weight: λ.
            count: How many.

        Returns:
            Nearest first.
        """
        (features,) = self.maps(image, [semantic_weight])
        query = F.normalize(features.float().mean((1, 2)), dim=0)
        cosine = self._gallery_features(semantic_weight) @ query
        best = cosine.topk(min(count, len(cosine)))
        return [
            Neighbor(self._gallery.pictures[index], f"{value:.3f}")
            for value, index in zip(
                best.values.tolist(), best.indices.tolist(), strict=True
            )
        ]

    def curve(self, image: Picture, semantic_weight: float, num_parts: int) -> Picture:
        """How λ changes the tokens of an image.

        Part contrast is the mean distance between tokens of different parts over that
        between tokens of one part, with the parts found at λ = 1.

        Args:
            image: (H, W, 3) uint8, RGB.
            semantic_weight: Current λ, marked in the plot.
            num_parts: N.

        Returns:
            Plot (H', W', 3) uint8, RGB.
        """
        contrasts = self._contrasts(image.tobytes(), image.shape, num_parts)
        figure = Figure(figsize=(4.2, 2.8), dpi=110, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.plot(CURVE, contrasts, marker="o", color=as_hex(PART_COLORS[0]))
        axes.axvline(semantic_weight, color="#888888", linestyle="--")
        axes.set_xlabel("semantic weight λ")
        axes.set_ylabel("part contrast")
        axes.set_title(" ", fontsize=16)  # the page's label covers this strip
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def _measure_contrasts(
        self, pixels: bytes, shape: tuple[int, ...], num_parts: int
    ) -> list[float]:
        """Part contrast at every λ of the curve; a slider move does not change it."""
        image = np.frombuffer(pixels, np.uint8).reshape(shape).copy()
        clusterer = MODELS.build(
            {"type": "solider_mm.SemanticClusterer", "num_parts": num_parts}
        )
        maps = self.maps(image, CURVE)
        with torch.inference_mode():
            labels, _ = clusterer(maps[-1][None])
        return [_part_contrast(features, labels[0]) for features in maps]

    def _batch(self, images: Sequence[Picture]) -> Tensor:
        tensors = [torch.from_numpy(np.ascontiguousarray(image)) for image in images]
        extractor = self.extractor
        return image_batch(tensors, extractor.size, extractor.mean, extractor.std)

    def _embed_gallery(self, semantic_weight: float) -> Tensor:
        """Unit features (G, C) of the gallery."""
        with torch.inference_mode():
            features = self.backbone(self._gallery.batch, semantic_weight)[-1]
            return F.normalize(features.float().mean((2, 3)), dim=1)


def shown_size(image: Picture) -> tuple[int, int]:
    """(H, W) at which an image is shown."""
    height, width = image.shape[:2]
    return _SHOWN_HEIGHT, max(1, round(width * _SHOWN_HEIGHT / height))


def _stretched(
    picture: NDArray[Any], size: tuple[int, int], interpolation: int
) -> NDArray[Any]:
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=interpolation))


def _part_contrast(features: Tensor, labels: Tensor) -> float:
    """Mean distance between parts over that within parts, foreground only."""
    tokens = F.normalize(features.float().flatten(1).T, dim=1)  # (L, C)
    flat = labels.flatten()
    chosen = flat > 0
    tokens, flat = tokens[chosen], flat[chosen]
    distance = torch.cdist(tokens, tokens)
    same = flat[:, None] == flat[None]
    other = ~same
    same.fill_diagonal_(False)
    if not same.any() or not other.any():
        return 1.0
    return float(distance[other].mean() / distance[same].mean())
