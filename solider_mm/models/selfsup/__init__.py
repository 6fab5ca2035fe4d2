"""Pretraining methods: DINO for the first stage, SOLIDER for the second."""

from solider_mm.models.selfsup.dino_pretrain import DINOPretrain
from solider_mm.models.selfsup.solider import SOLIDER

__all__ = ["SOLIDER", "DINOPretrain"]
