"""Answers for given images."""

from .images import (
    find_images,
    read_image,
    read_images,
    read_named_images,
    spread,
)
from .semantic_parts import SemanticParts, SemanticPartsInferencer

__all__ = [
    "SemanticParts",
    "SemanticPartsInferencer",
    "find_images",
    "read_image",
    "read_images",
    "read_named_images",
    "spread",
]
