"""Part geometry: how far apart parts are in token space."""

import torch
from torch import Tensor

from solider_mm.evaluation.semantic_weight.bootstrap import Statistic

__all__ = ["part_geometry"]


def part_geometry(tokens: Tensor, parts: Tensor) -> Statistic:
    """Distance between parts within an image over that within a part across images.

    ρ is the mean Euclidean distance between tokens of different parts of the same
    image, divided by the mean distance between tokens of the same part in different
    images. It rises when features say which part a token is rather than whose. Tokens
    of the background do not count.

    Args:
        tokens: Tokens (B, L, C), floating point.
        parts: Part of every token (B, L), 0 background.

    Returns:
        The statistic ρ of counts (R, B) over images.

    Raises:
        ValueError: If shapes do not fit, no image shows two parts, or no part is seen
            in two images.
    """
    if tokens.ndim != 3 or parts.shape != tokens.shape[:2]:
        raise ValueError(
            f"tokens {tuple(tokens.shape)} and parts {tuple(parts.shape)}: expected "
            "(B, L, C) and (B, L); flatten the maps first."
        )
    num_images, length = parts.shape
    body = parts.flatten() > 0
    part = parts.flatten()[body]  # (T,)
    image = torch.arange(num_images).repeat_interleave(length)[body]  # (T,)
    body_tokens = tokens.flatten(0, 1)[body].float()  # (T, C)
    distance = torch.cdist(body_tokens, body_tokens).double()  # (T, T)
    same_part = part[:, None] == part
    same_image = image[:, None] == image
    within = same_image & ~same_part
    across = same_part & ~same_image
    if not within.any() or not across.any():
        raise ValueError(
            f"{num_images} images hold no two parts in one image, or no part in two "
            "images: ρ is undefined; measure on more images of whole people."
        )
    sums = [
        _per_image_pair(values.double(), image, num_images)
        for values in (distance * within, within, distance * across, across)
    ]  # (B, B) each

    def statistic(counts: Tensor) -> Tensor:
        within_sum, within_count = (counts @ pairs.diagonal() for pairs in sums[:2])
        across_sum, across_count = (
            ((counts @ pairs) * counts).sum(1) for pairs in sums[2:]
        )
        return (within_sum / within_count) / (across_sum / across_count)

    return statistic


def _per_image_pair(values: Tensor, image: Tensor, num_images: int) -> Tensor:
    """Sum (T, T) over the tokens of every pair of images, (B, B)."""
    rows = values.new_zeros(num_images, values.shape[1]).index_add_(0, image, values)
    return rows.new_zeros(num_images, num_images).index_add_(1, image, rows)
