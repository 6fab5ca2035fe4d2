"""Layers of the λ-conditioned Swin; torch only."""

from solider_mm.models.layers.patch_embed import PatchEmbed
from solider_mm.models.layers.patch_merging import PatchMerging
from solider_mm.models.layers.semantic_controller import (
    SemanticController,
    keep_released_names,
)
from solider_mm.models.layers.swin_block import FeedForward, SwinBlock
from solider_mm.models.layers.swin_stage import SwinStage
from solider_mm.models.layers.tokens_to_map import TokensToMap
from solider_mm.models.layers.window_attention import WindowAttention

__all__ = [
    "FeedForward",
    "PatchEmbed",
    "PatchMerging",
    "SemanticController",
    "SwinBlock",
    "SwinStage",
    "TokensToMap",
    "WindowAttention",
    "keep_released_names",
]
