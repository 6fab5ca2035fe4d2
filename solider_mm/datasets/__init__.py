"""Unlabeled person images, their transforms and samplers."""

from solider_mm.datasets.layouts import LAYOUTS, Market1501Name, market1501_name
from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.lmdb_writing import write_lmdb
from solider_mm.datasets.person_images import PersonImages
from solider_mm.datasets.samplers import ResumableSampler, SeededIndex, ShardSampler
from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.images import ShardImages
from solider_mm.datasets.shards.writing import write_shards
from solider_mm.datasets.transforms import (
    LoadCheckedImage,
    LoadPersonImage,
    PackViewParams,
    RenderViews,
    SampleViews,
    collate_view_params,
)
from solider_mm.fileio.decoding import UnreadableImageError, decode_image

__all__ = [
    "LAYOUTS",
    "LmdbImages",
    "LoadCheckedImage",
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
