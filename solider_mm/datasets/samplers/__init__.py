"""Samplers."""

from .resumable_sampler import ResumableSampler, SampleDraw
from .shard_sampler import ShardSampler

__all__ = ["ResumableSampler", "SampleDraw", "ShardSampler"]
