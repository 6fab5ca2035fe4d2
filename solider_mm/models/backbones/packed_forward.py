"""The last maps of a λ-Swin for images of several sizes, in one pass."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.linear import linear
from solider_mm.functional.map_size import ceil_divide, corner_padding
from solider_mm.functional.packed_maps import MapGroup, PackedMaps
from solider_mm.models.layers.copied_layers import copied_linear, layer_norm
from solider_mm.models.layers.patch_embed import PatchEmbed
from solider_mm.models.layers.patch_merging import PatchMerging
from solider_mm.models.layers.swin_stage import SwinStage

if TYPE_CHECKING:
    from solider_mm.models.backbones.solider_swin import SOLIDERSwin

__all__ = ["forward_packed"]


def forward_packed(
    backbone: "SOLIDERSwin", images: Sequence[Tensor], weights: Sequence[Tensor]
) -> list[Tensor]:
    """Last map of each image, with one pass through the blocks for all sizes.

    Linear layers and norms get the tokens of all sizes together. The weights of linear
    layers are copied into the type of autocast once, by one operator.

    Args:
        backbone: Backbone.
        images: Normalized images of each size, (B_i, 3, H_i, W_i).
        weights: λ of the images of each size, (B_i,).

    Returns:
        Normalized maps of each size, (B_i, C, h_i, w_i).
    """
    device = images[0].device
    dtype = images[0].dtype
    if torch.is_autocast_enabled(device.type):
        dtype = torch.get_autocast_dtype(device.type)
    with torch.autocast(device.type, enabled=False):
        copies = _copy_weights(backbone, dtype)
        tokens, maps = _embed(backbone.patch_embed, images, copies)
        semantic_weight = torch.cat(list(weights)).float()
        for i, stage in enumerate(cast("Iterable[SwinStage]", backbone.stages)):
            tokens = stage.forward_packed(tokens, maps, copies)
            if stage.downsample is not None:
                tokens, maps = _merge(stage.downsample, tokens, maps, copies)
                scale, shift = backbone.controller.scale_and_shift(semantic_weight, i)
                tokens = _modulate(tokens, maps, scale, shift)
        norm = getattr(backbone, f"norm{backbone.out_indices[-1]}")
        tokens = layer_norm(tokens, norm)
        return [
            part.transpose(1, 2).unflatten(2, group.size).contiguous()
            for part, group in _parts(tokens, maps)
        ]


def _copy_weights(
    backbone: "SOLIDERSwin", dtype: torch.dtype
) -> Mapping[Tensor, Tensor]:
    modules = chain(backbone.patch_embed.modules(), backbone.stages.modules())
    layers = [m for m in modules if isinstance(m, nn.Linear | nn.Conv2d)]
    return backbone.linear_copies((p for m in layers for p in m.parameters()), dtype)


def _embed(
    embed: PatchEmbed, images: Sequence[Tensor], copies: Mapping[Tensor, Tensor]
) -> tuple[Tensor, PackedMaps]:
    """Packed tokens (T, C) of the patches: a linear layer on the pixels of each."""
    pixels, groups = [], []
    for some in images:
        height, width = some.shape[-2:]
        bottom, right = (
            corner_padding(side, embed.patch_size, embed.stride)
            for side in (height, width)
        )
        padded = F.pad(some, (0, right, 0, bottom)) if bottom or right else some
        patches = F.unfold(padded, embed.patch_size, stride=embed.stride)
        pixels.append(patches.transpose(1, 2).reshape(-1, patches.shape[1]))
        size = (ceil_divide(height, embed.stride), ceil_divide(width, embed.stride))
        groups.append(MapGroup(len(some), size))
    weight = copies[embed.projection.weight].flatten(1)
    bias = embed.projection.bias
    tokens = linear(torch.cat(pixels), weight, None if bias is None else copies[bias])
    return layer_norm(tokens, embed.norm).to(weight.dtype), PackedMaps(tuple(groups))


def _merge(
    merging: PatchMerging,
    tokens: Tensor,
    maps: PackedMaps,
    copies: Mapping[Tensor, Tensor],
) -> tuple[Tensor, PackedMaps]:
    """Packed tokens (T', 2C) of the merged neighborhoods."""
    merged, groups = [], []
    for part, group in _parts(tokens, maps):
        neighborhoods, size = merging.neighborhoods(part, group.size)
        merged.append(neighborhoods.flatten(0, 1))
        groups.append(MapGroup(group.count, size))
    normed = layer_norm(torch.cat(merged), merging.norm)
    return copied_linear(normed, merging.reduction, copies), PackedMaps(tuple(groups))


def _modulate(tokens: Tensor, maps: PackedMaps, scale: Tensor, shift: Tensor) -> Tensor:
    """Scale and shift the tokens of each map."""
    counts = [group.count for group in maps.groups]
    scales = scale.to(tokens.dtype).unsqueeze(1).split(counts)
    shifts = shift.to(tokens.dtype).unsqueeze(1).split(counts)
    return torch.cat(
        [
            torch.addcmul(own_shift, part, own_scale).flatten(0, 1)
            for (part, _), own_scale, own_shift in zip(
                _parts(tokens, maps), scales, shifts, strict=True
            )
        ]
    )


def _parts(tokens: Tensor, maps: PackedMaps) -> list[tuple[Tensor, MapGroup]]:
    """Tokens (M, L, C) of each group."""
    return [
        (part.view(group.count, -1, tokens.shape[1]), group)
        for part, group in zip(tokens.split(maps.lengths), maps.groups, strict=True)
    ]
