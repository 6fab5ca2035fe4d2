"""Self-supervisors: DINO for the first stage, SOLIDER for the second."""

from .dino_pretrain import DINOPretrain
from .solider import SOLIDER

__all__ = ["SOLIDER", "DINOPretrain"]
