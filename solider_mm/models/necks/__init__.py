"""Necks: what stands between the pooled feature and the losses."""

from solider_mm.models.necks.dino_pretrain_neck import DINOPretrainNeck

__all__ = ["DINOPretrainNeck"]
