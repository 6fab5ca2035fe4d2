"""Unlabelled person images, their transforms and samplers."""

from solider_mm.datasets.image_listing import IMAGE_EXTENSIONS
from solider_mm.datasets.layouts import LAYOUTS, Market1501Name, market1501_name
from solider_mm.datasets.lmdb_images import LmdbImages, write_lmdb
from solider_mm.datasets.person_images import PersonImages
from solider_mm.datasets.samplers import ResumableSampler, SampleDraw, ShardSampler
from solider_mm.datasets.shard_cache import ShardCache
from solider_mm.datasets.shard_images import ShardImages
from solider_mm.datasets.shard_writing import write_shards
from solider_mm.datasets.transforms import (
    DrawViews,
    LoadPersonImage,
    PackViewDraws,
    RenderViews,
    UnreadableImageError,
    collate_view_draws,
    decode_image,
)

__all__ = [
    "IMAGE_EXTENSIONS",
    "LAYOUTS",
    "DrawViews",
    "LmdbImages",
    "LoadPersonImage",
    "Market1501Name",
    "PackViewDraws",
    "PersonImages",
    "RenderViews",
    "ResumableSampler",
    "SampleDraw",
    "ShardCache",
    "ShardImages",
    "ShardSampler",
    "UnreadableImageError",
    "collate_view_draws",
    "decode_image",
    "market1501_name",
    "write_lmdb",
    "write_shards",
]
