"""Pseudo semantic labels from the feature map of a teacher."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from solider_mm.functional.kmeans import two_means_1d
from solider_mm.functional.semantic_labels import cluster_parts, order_parts
from solider_mm.registry import MODELS

MAX_PARTS = 8


@MODELS.register_module()
class SemanticClusterer(BaseModule):
    """Cluster the tokens of each map into semantic parts, the whole batch at once.

    Tokens are split by magnitude into foreground and background, those of the
    foreground are clustered into parts, and parts are numbered from top to bottom. The
    labels of an image depend on its own features only: the random numbers come from
    `seed` and are the same for every image and every call.

    Args:
        num_parts: Number N of semantic parts, 1 to 8; the paper uses 3.
        foreground: 'magnitude', or None to cluster all tokens (the paper's Table 1
            without B&F).
        min_foreground: Fraction of the tokens, in [0, 1), that the foreground of an
            image must exceed for its labels to be used. Without foreground split every
            image is kept.
        num_restarts: Number of seedings, of which the best is kept.
        max_iterations: Lloyd steps of every seeding.
        seed: Seed of the random numbers.

    Raises:
        ValueError: If an argument is out of its range.

    Source:
        Algorithm 1, lines 7–10; the half, docs/reference.md §2.5 (3b).
    """

    def __init__(
        self,
        *,
        num_parts: int = 3,
        foreground: str | None = "magnitude",
        min_foreground: float = 0.5,
        num_restarts: int = 32,
        max_iterations: int = 16,
        seed: int = 0,
    ) -> None:
        super().__init__()
        _check_whole("num_parts", num_parts, MAX_PARTS)
        _check_whole("num_restarts", num_restarts, None)
        _check_whole("max_iterations", max_iterations, None)
        if foreground not in ("magnitude", None):
            raise ValueError(
                f"foreground={foreground!r}, expected 'magnitude' or None; use "
                "'magnitude' for the paper's background split."
            )
        if not 0 <= min_foreground < 1:
            raise ValueError(
                f"min_foreground={min_foreground}, expected a fraction in [0, 1); the "
                "paper's value is 0.5."
            )
        self.num_parts = num_parts
        self.foreground = foreground
        self.min_foreground = min_foreground
        self.num_restarts = num_restarts
        self.max_iterations = max_iterations
        self.seed = seed

    @torch.no_grad()
    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Cluster the tokens of every image; comments give lines of Algorithm 1.

        Args:
            features: Teacher's maps at λ = 1 (B, C, H, W), floating point; B may be 0.

        Returns:
            Semantic labels (B, H, W) int64, 0 background and 1…N from top to bottom,
            of every image, and `kept` (B,) bool, the images whose labels may be used.
            An image with a non-finite token, or with tokens of equal magnitude only, is
            all background and not kept. One with fewer different foreground tokens than
            parts has as many parts as different tokens.

        Raises:
            TypeError: If `features` is not floating point.
            ValueError: If `features` is not (B, C, H, W) with C, H, W ≥ 1.
        """
        _check_features(features)
        if features.dtype in (torch.float16, torch.bfloat16):
            features = features.float()
        mask = self._foreground_mask(features)  # 7–8: (B, H, W)
        assignment = cluster_parts(  # 9
            features,
            mask,
            self.num_parts,
            num_restarts=self.num_restarts,
            max_iterations=self.max_iterations,
            generator=torch.Generator().manual_seed(self.seed),
        )
        semantic_labels = order_parts(assignment, mask, self.num_parts)  # 10
        tokens = mask.shape[1] * mask.shape[2]
        kept = mask.sum(dim=(1, 2)) > self.min_foreground * tokens
        return semantic_labels, kept

    def _foreground_mask(self, features: Tensor) -> Tensor:
        """Mask (B, H, W) of the tokens that take part in the clustering."""
        # Contiguous tokens: equal tokens then have equal norms to the last bit.
        tokens = features.flatten(2).transpose(1, 2).contiguous()  # (B, L, C)
        magnitude = torch.linalg.vector_norm(tokens, dim=-1)  # (B, L)
        if self.foreground == "magnitude":
            mask = two_means_1d(magnitude)
        else:
            mask = magnitude.isfinite().all(dim=1, keepdim=True).expand_as(magnitude)
        return mask.view(-1, *features.shape[2:])  # (B, H, W)


def _check_whole(name: str, number: int, largest: int | None) -> None:
    limit = "at least 1" if largest is None else f"1 to {largest}"
    whole = isinstance(number, int) and not isinstance(number, bool)
    if not whole or number < 1 or (largest is not None and number > largest):
        raise ValueError(
            f"{name}={number!r}, expected a whole number, {limit}; change the config."
        )


def _check_features(features: Tensor) -> None:
    if not features.is_floating_point():
        raise TypeError(
            f"features has type {features.dtype}, expected floating point; pass the "
            "backbone's map."
        )
    if features.dim() != 4 or 0 in features.shape[1:]:
        raise ValueError(
            f"features has shape {tuple(features.shape)}, expected (B, C, H, W) with "
            "at least one channel and token; pass the backbone's last map."
        )
