"""Mask one semantic part of each image: Algorithm 1, line 12."""

import torch
from torch import Tensor

from solider_mm.functional.device_copy import copy_to_device

__all__ = ["mask_part", "pick_part"]


def pick_part(semantic_labels: Tensor, score: Tensor) -> Tensor:
    """Pick the part of highest score among the parts of each image.

    With scores sampled for a whole batch, the masked part of an image does not
    depend on which other images are labeled.

    Args:
        semantic_labels: Semantic labels (B, H, W) int64, 0 background, parts 1…N.
        score: Non-negative scores (B, N) of the parts 1…N, on any device.

    Returns:
        Part of each image (B,), int64; 0 for an image without parts.

    Raises:
        ValueError: If a shape does not fit.

    Source:
        Algorithm 1, line 12. The official code samples once for the batch of a GPU, and
        possibly a part that the image lacks (docs/reference.md §2.5 (4)).
    """
    _check_labels(semantic_labels)
    batch, device = len(semantic_labels), semantic_labels.device
    if score.dim() != 2 or len(score) != batch or score.shape[1] < 1:
        raise ValueError(
            f"score has shape {tuple(score.shape)}, expected ({batch}, N); give one "
            "number for every image and part."
        )
    parts = torch.arange(1, score.shape[1] + 1, device=device).view(-1, 1)
    exists = (semantic_labels.flatten(1).unsqueeze(1) == parts).any(dim=2)  # (B, N)
    score = copy_to_device(score, device)
    best = torch.where(exists, score, -1).argmax(dim=1)
    return torch.where(exists.any(dim=1), best + 1, 0)


def mask_part(images: Tensor, semantic_labels: Tensor, part: Tensor) -> Tensor:
    """Mask out one semantic part of every image.

    The label map is enlarged to the image by nearest neighbor; pixels of the part
    become 0, which in normalized images is the mean color.

    Args:
        images: Normalized images (B, C, H, W).
        semantic_labels: Semantic labels (B, h, w) int64, 0 background, parts 1…N.
        part: Part to mask in each image (B,), int64; 0 leaves the image as it is.

    Returns:
        Masked copy (B, C, H, W) of the images.

    Raises:
        ValueError: If a shape does not fit.

    Source:
        Algorithm 1, line 12; the value 0, docs/reference.md §2.5 (4).
    """
    _check_labels(semantic_labels)
    batch = semantic_labels.shape[0]
    if images.dim() != 4 or len(images) != batch or part.shape != (batch,):
        raise ValueError(
            f"images {tuple(images.shape)} and part {tuple(part.shape)}, expected "
            f"({batch}, C, H, W) and ({batch},) to go with semantic_labels "
            f"{tuple(semantic_labels.shape)}; select the same images in all three."
        )
    chosen = part.view(-1, 1, 1)
    tokens = (semantic_labels == chosen) & (chosen > 0)  # (B, h, w)
    rows = _nearest(images.shape[2], tokens.shape[1], images.device)
    columns = _nearest(images.shape[3], tokens.shape[2], images.device)
    pixels = tokens[:, rows][:, :, columns]  # (B, H, W)
    return images.masked_fill(pixels.unsqueeze(1), 0)


def _nearest(size: int, source: int, device: torch.device) -> Tensor:
    """Token of every pixel along an axis, exact in integers."""
    return torch.arange(size, device=device) * source // size


def _check_labels(semantic_labels: Tensor) -> None:
    if semantic_labels.dim() != 3:
        raise ValueError(
            f"semantic_labels has shape {tuple(semantic_labels.shape)}, expected "
            "(B, H, W); pass the clusterer's first output."
        )
