"""Backbones: one λ-conditioned Swin for every host."""

from solider_mm.models.backbones.solider_swin import SOLIDERSwin

__all__ = ["SOLIDERSwin"]
