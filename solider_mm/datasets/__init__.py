"""Unlabeled person images, their transforms and samplers."""

from solider_mm.datasets.layouts import LAYOUTS, Market1501Name, market1501_name
from solider_mm.datasets.lmdb_images import LmdbImages, write_lmdb
from solider_mm.datasets.person_images import PersonImages
from solider_mm.datasets.samplers import ResumableSampler, SeededIndex, ShardSampler
from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.images import ShardImages
from solider_mm.datasets.shards.writing import write_shards
from solider_mm.datasets.transforms import (
    LoadPersonImage,
    PackViewParams,
    RenderViews,
    SampleViews,
    UnreadableImageError,
    collate_view_params,
    decode_image,
)

__all__ = [
    "LAYOUTS",
    "LmdbImages",
    "LoadPersonImage",
    "Market1501Name",
    "PackViewParams",
    "PersonImages",
    "RenderViews",
    "ResumableSampler",
    "SampleViews",
    "SeededIndex",
    "ShardCache",
    "ShardImages",
    "ShardSampler",
    "UnreadableImageError",
    "collate_view_params",
    "decode_image",
    "market1501_name",
    "write_lmdb",
    "write_shards",
]
