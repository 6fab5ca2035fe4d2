"""Heads: the two losses of Algorithm 1."""

from .dino_pretrain_head import DINOPretrainHead
from .semantic_head import SemanticHead

__all__ = ["DINOPretrainHead", "SemanticHead"]
