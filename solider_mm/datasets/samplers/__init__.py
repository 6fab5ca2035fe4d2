"""Resumable samplers, for single files and for shards."""

from solider_mm.datasets.samplers.resumable_sampler import ResumableSampler, SeededIndex
from solider_mm.datasets.samplers.shard_sampler import ShardSampler

__all__ = ["ResumableSampler", "SeededIndex", "ShardSampler"]
