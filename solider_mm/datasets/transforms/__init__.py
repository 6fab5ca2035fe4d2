"""Transforms that mmcv and mmpretrain lack, or do more slowly."""

from solider_mm.datasets.transforms.draw_views import DrawViews
from solider_mm.datasets.transforms.load_person_image import (
    LoadPersonImage,
    UnreadableImageError,
    decode_image,
)
from solider_mm.datasets.transforms.pack_view_draws import (
    PackViewDraws,
    collate_view_draws,
)
from solider_mm.datasets.transforms.render_views import RenderViews, render_view

__all__ = [
    "DrawViews",
    "LoadPersonImage",
    "PackViewDraws",
    "RenderViews",
    "UnreadableImageError",
    "collate_view_draws",
    "decode_image",
    "render_view",
]
