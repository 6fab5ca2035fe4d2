"""Encode views of several resolutions with one λ per image."""

from itertools import groupby

import torch
from torch import Tensor, nn


def encode_views(
    backbone: nn.Module, views: list[Tensor], semantic_weight: list[Tensor]
) -> list[Tensor]:
    """Run consecutive views of equal size through the backbone together.

    Args:
        backbone: Module whose call with images and λ returns a tuple of maps.
        views: Images of V views, (B_v, 3, H_v, W_v) each.
        semantic_weight: λ of the images of V views, (B_v,) each.

    Returns:
        Last maps of V views, (B_v, C, h_v, w_v) each.

    Source:
        F(x, λ) in Algorithm 1, lines 4, 6 and 13.
    """
    maps: list[Tensor] = []
    pairs = zip(views, semantic_weight, strict=True)
    for _, group in groupby(pairs, key=lambda pair: pair[0].shape[-2:]):
        images, weights = (list(column) for column in zip(*group, strict=True))
        last_map = backbone(torch.cat(images), torch.cat(weights))[-1]
        maps += last_map.split([len(view) for view in images])
    return maps


def pool(maps: list[Tensor]) -> Tensor:
    """Average every map over its tokens.

    Args:
        maps: Maps of V views, (B_v, C, h_v, w_v) each.

    Returns:
        Pooled features (Σ B_v, C), view after view.
    """
    return torch.cat([view_map.mean((2, 3)) for view_map in maps])
