"""Similarity of all tokens to one token."""

import torch.nn.functional as F
from torch import Tensor

__all__ = ["token_similarity"]


def token_similarity(maps: Tensor, image: int, row: int, column: int) -> Tensor:
    """Cosine of every token with a chosen one, after the mean token is subtracted.

    Args:
        maps: Feature maps (B, C, h, w).
        image: Index of the chosen token's image.
        row: Row of the chosen token.
        column: Column of the chosen token.

    Returns:
        Cosines (B, h, w), 1 at the chosen token.
    """
    centered = maps.float() - maps.float().mean((0, 2, 3), keepdim=True)
    unit = F.normalize(centered, dim=1)
    chosen = unit[image, :, row, column]  # (C,)
    return (unit * chosen[:, None, None]).sum(1)
