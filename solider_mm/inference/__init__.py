"""Answers for given images."""

from solider_mm.fileio.image_io import read_image, read_images, read_named_images
from solider_mm.fileio.image_selection import evenly_spaced
from solider_mm.fileio.images import list_images
from solider_mm.inference.semantic_parts_finder import (
    SemanticParts,
    SemanticPartsFinder,
)

__all__ = [
    "SemanticParts",
    "SemanticPartsFinder",
    "evenly_spaced",
    "list_images",
    "read_image",
    "read_images",
    "read_named_images",
]
