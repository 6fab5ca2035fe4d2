"""Layers of the λ-conditioned Swin; torch only."""

from .patch_embed import PatchEmbed
from .patch_merging import PatchMerging
from .semantic_controller import SemanticController
from .swin_block import FeedForward, SwinBlock
from .swin_stage import SwinStage
from .window_attention import WindowAttention

__all__ = [
    "FeedForward",
    "PatchEmbed",
    "PatchMerging",
    "SemanticController",
    "SwinBlock",
    "SwinStage",
    "WindowAttention",
]
