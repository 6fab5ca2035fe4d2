"""Heads: the two losses of Algorithm 1."""

from solider_mm.models.heads.dino_pretrain_head import DINOPretrainHead
from solider_mm.models.heads.semantic_head import SemanticHead

__all__ = ["DINOPretrainHead", "SemanticHead"]
