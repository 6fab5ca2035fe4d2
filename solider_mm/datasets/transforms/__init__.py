"""Transforms that mmcv and mmpretrain lack."""

from solider_mm.datasets.transforms.load_person_image import (
    LoadPersonImage,
    UnreadableImageError,
    decode_image,
)

__all__ = ["LoadPersonImage", "UnreadableImageError", "decode_image"]
