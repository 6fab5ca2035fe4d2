"""Samplers."""

from .resumable_sampler import ResumableSampler, SampleDraw

__all__ = ["ResumableSampler", "SampleDraw"]
