"""Views of an image at test time, and the mean of what is seen in them."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from solider_mm.downstream.human_parsing.ce2p_branches import upsample

__all__ = ["fuse_mirrored", "mean_over_scales", "mirrored_order", "scaled_size"]


def mirrored_order(num_classes: int, pairs: Iterable[Sequence[int]]) -> list[int]:
    """Order of the classes in the mirror: left becomes right.

    Args:
        num_classes: Background included.
        pairs: (left, right) classes.

    Returns:
        For every class the one that takes its place.

    Raises:
        ValueError: If a class is not one of the model's, or stands in two pairs.
    """
    order = list(range(num_classes))
    pairs = [tuple(pair) for pair in pairs]
    named = [label for pair in pairs for label in pair]
    if len(set(named)) < len(named) or not set(named) <= set(order):
        raise ValueError(
            f"flip_pairs={pairs}: expected pairs of different classes below "
            f"{num_classes}, each class once."
        )
    for left, right in pairs:
        order[left], order[right] = right, left
    return order


def scaled_size(size: Sequence[int], scale: float) -> tuple[int, int]:
    """(H, W) of a view, rounded down."""
    return int(size[0] * scale), int(size[1] * scale)


def fuse_mirrored(plain: Tensor, mirrored: Tensor, order: Sequence[int]) -> Tensor:
    """Mean of the logits of an image and of its mirror image.

    Args:
        plain: Of the image, (B, C, H, W).
        mirrored: Of the mirror image, (B, C, H, W), as the model gives them.
        order: Of the classes in the mirror, see `mirrored_order`.

    Returns:
        (B, C, H, W).

    Source:
        docs/reference.md §8.6.
    """
    return (plain + mirrored.flip(3)[:, list(order)]) / 2


def mean_over_scales(logits: Iterable[Tensor], size: Sequence[int]) -> Tensor:
    """Mean of logits, not of probabilities, over the scales.

    Args:
        logits: (B, C, h, w) of every scale.
        size: (H, W) of the result.

    Returns:
        (B, C, H, W).

    Source:
        docs/reference.md §8.6.
    """
    total, count = torch.zeros(()), 0
    for one in logits:
        wide = upsample(one, size)
        total, count = (total + wide if count else wide), count + 1
    return total / max(count, 1)
