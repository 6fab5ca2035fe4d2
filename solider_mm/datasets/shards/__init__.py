"""Tar shards: writing, indexing, caching and random access."""
