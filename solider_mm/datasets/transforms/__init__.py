"""Transforms that mmcv and mmpretrain lack, or do more slowly."""

from solider_mm.datasets.transforms.load_person_image import (
    LoadPersonImage,
    UnreadableImageError,
    decode_image,
)
from solider_mm.datasets.transforms.pack_view_params import (
    PackViewParams,
    collate_view_params,
)
from solider_mm.datasets.transforms.render_views import RenderViews, render_view
from solider_mm.datasets.transforms.sample_views import SampleViews

__all__ = [
    "LoadPersonImage",
    "PackViewParams",
    "RenderViews",
    "SampleViews",
    "UnreadableImageError",
    "collate_view_params",
    "decode_image",
    "render_view",
]
