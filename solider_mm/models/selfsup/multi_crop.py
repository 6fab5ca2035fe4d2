"""Encode views of several resolutions with one λ per image."""

from itertools import groupby

import torch
from torch import Tensor, nn


def encode_views(
    backbone: nn.Module, views: list[Tensor], semantic_weight: list[Tensor]
) -> list[Tensor]:
    """Run views of all sizes through the backbone together.

    Args:
        backbone: Module with the method `forward_sizes` of `SOLIDERSwin`.
        views: Images of V views, (B_v, 3, H_v, W_v) each.
        semantic_weight: λ of the images of V views, (B_v,) each.

    Returns:
        Last maps of V views, (B_v, C, h_v, w_v) each.

    Source:
        F(x, λ) in Algorithm 1, lines 4, 6 and 13.
    """
    pairs = zip(views, semantic_weight, strict=True)
    groups = [
        list(group) for _, group in groupby(pairs, key=lambda pair: pair[0].shape[-2:])
    ]
    images = [torch.cat([view for view, _ in group]) for group in groups]
    weights = [torch.cat([weight for _, weight in group]) for group in groups]
    maps: list[Tensor] = []
    found = backbone.forward_sizes(images, weights)  # type: ignore[operator]
    for group, group_maps in zip(groups, found, strict=True):
        maps += group_maps.split([len(view) for view, _ in group])
    return maps


def pool(maps: list[Tensor]) -> Tensor:
    """Average every map over its tokens.

    Args:
        maps: Maps of V views, (B_v, C, h_v, w_v) each.

    Returns:
        Pooled features (Σ B_v, C), view after view.
    """
    groups = groupby(maps, key=lambda view_map: view_map.shape[-2:])
    return torch.cat([torch.cat(list(some)).mean((2, 3)) for _, some in groups])
