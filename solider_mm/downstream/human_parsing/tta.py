"""Test-time augmentation: mirrored images and several scales, logits averaged."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from solider_mm.downstream.human_parsing.ce2p_branches import upsample

__all__ = ["fuse_mirrored", "mean_over_scales", "mirrored_order", "scaled_size"]


def mirrored_order(num_classes: int, pairs: Iterable[Sequence[int]]) -> list[int]:
    """Compute the order of the classes in a mirrored image.

    Args:
        num_classes: Number of classes, background included.
        pairs: Pairs (left, right) of classes that swap.

    Returns:
        Class that takes the place of each class.

    Raises:
        ValueError: If a class is out of range or in two pairs.
    """
    order = list(range(num_classes))
    pairs = [tuple(pair) for pair in pairs]
    named = [label for pair in pairs for label in pair]
    if len(set(named)) < len(named) or not set(named) <= set(order):
        raise ValueError(
            f"flip_pairs={pairs}: expected pairs of different classes below "
            f"{num_classes}, each class once; correct them."
        )
    for left, right in pairs:
        order[left], order[right] = right, left
    return order


def scaled_size(size: Sequence[int], scale: float) -> tuple[int, int]:
    """Compute the size (H, W) of a scaled image, rounded down."""
    return int(size[0] * scale), int(size[1] * scale)


def fuse_mirrored(plain: Tensor, mirrored: Tensor, order: Sequence[int]) -> Tensor:
    """Average the logits of an image and of its mirrored copy.

    Args:
        plain: Logits of the image, (B, C, H, W).
        mirrored: Logits of the mirrored image, (B, C, H, W), not flipped back.
        order: Order of the classes in the mirrored image, see `mirrored_order`.

    Returns:
        Mean logits (B, C, H, W).

    Source:
        docs/reference.md §8.6.
    """
    return (plain + mirrored.flip(3)[:, list(order)]) / 2


def mean_over_scales(logits: Iterable[Tensor], size: Sequence[int]) -> Tensor:
    """Average logits (not probabilities) over the scales.

    Args:
        logits: Logits (B, C, h, w) of each scale.
        size: Output size (H, W).

    Returns:
        Mean logits (B, C, H, W).

    Source:
        docs/reference.md §8.6.
    """
    total, count = torch.zeros(()), 0
    for one in logits:
        wide = upsample(one, size)
        total, count = (total + wide if count else wide), count + 1
    return total / max(count, 1)
