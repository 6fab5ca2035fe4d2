"""Transforms that mmcv and mmpretrain lack, or that are faster here."""

from solider_mm.datasets.transforms.load_checked_image import LoadCheckedImage
from solider_mm.datasets.transforms.load_person_image import LoadPersonImage
from solider_mm.datasets.transforms.pack_view_params import (
    PackViewParams,
    collate_view_params,
)
from solider_mm.datasets.transforms.render_views import RenderViews, render_view
from solider_mm.datasets.transforms.sample_views import SampleViews

__all__ = [
    "LoadCheckedImage",
    "LoadPersonImage",
    "PackViewParams",
    "RenderViews",
    "SampleViews",
    "collate_view_params",
    "render_view",
]
