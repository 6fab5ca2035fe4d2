"""Foreground tokens of a teacher's map become semantic labels: Algorithm 1, 9–10."""

import torch
from torch import Tensor

from solider_mm.functional.kmeans import kmeans

__all__ = ["cluster_parts", "order_parts"]


def cluster_parts(
    features: Tensor,
    foreground: Tensor,
    num_parts: int,
    *,
    num_restarts: int = 32,
    max_iterations: int = 16,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Cluster the foreground tokens of every image into N semantic parts.

    Args:
        features: Maps (B, C, H, W), floating point.
        foreground: Mask (B, H, W) of the foreground tokens.
        num_parts: Number N of parts, at least 1.
        num_restarts: Number of seedings, of which the best is kept.
        max_iterations: Lloyd steps of every restart.
        generator: Source of randomness, on any device.

    Returns:
        Clusters (B, H, W), int64 in 0…N − 1 in no particular order, to be ordered by
        `order_parts`; 0 on the background.

    Raises:
        TypeError: If `features` is not floating point.
        ValueError: If a shape does not fit or a number is below 1.

    Source:
        Algorithm 1, line 9.
    """
    if features.dim() != 4:
        raise ValueError(
            f"features has shape {tuple(features.shape)}, expected (B, C, H, W); "
            "pass the backbone's map, not its pooled vector."
        )
    assignment = kmeans(
        features.flatten(2).transpose(1, 2),  # (B, L, C)
        foreground.flatten(1),
        num_parts,
        num_restarts=num_restarts,
        max_iterations=max_iterations,
        generator=generator,
    )
    return assignment.view_as(foreground)


def order_parts(assignment: Tensor, foreground: Tensor, num_parts: int) -> Tensor:
    """Label every token: background 0, parts 1…N by mean row from top to bottom.

    Parts of equal mean row go by their first token in reading order. Empty clusters
    come last, so the labels of an image are contiguous from 1.

    Args:
        assignment: Clusters (B, H, W), int64 in 0…N − 1.
        foreground: Mask (B, H, W) of the foreground tokens.
        num_parts: Number N of parts.

    Returns:
        Semantic labels (B, H, W), int64.

    Raises:
        ValueError: If the two maps differ in shape or are not (B, H, W).

    Source:
        Algorithm 1, line 10; the order, docs/reference.md §2.5 (3d).
    """
    if assignment.dim() != 3 or assignment.shape != foreground.shape:
        raise ValueError(
            f"assignment {tuple(assignment.shape)} and foreground "
            f"{tuple(foreground.shape)} must both be (B, H, W); pass maps of one size."
        )
    batch, height, width = assignment.shape
    length, device = height * width, assignment.device
    clusters = torch.arange(num_parts, device=device).view(-1, 1)
    token = torch.arange(length, device=device)
    flat = assignment.flatten(1)
    member = (flat.unsqueeze(1) == clusters) & foreground.flatten(1).unsqueeze(1)
    row_sum = (member * (token // max(width, 1))).sum(dim=-1)  # (B, N)
    mean_row = row_sum / member.sum(dim=-1)  # NaN where empty
    mean_row = mean_row.nan_to_num(nan=float(length))
    first = torch.where(member, token, length + clusters).amin(dim=-1)  # (B, N)
    rank = _rank(mean_row, first)
    part = (rank + 1).gather(1, flat).view(batch, height, width)
    return torch.where(foreground, part, 0)


def _rank(key: Tensor, tie_breaker: Tensor) -> Tensor:
    """Rank (B, N) of every entry in ascending order, from 0."""
    one, other = key.unsqueeze(1), key.unsqueeze(2)
    tie_one, tie_other = tie_breaker.unsqueeze(1), tie_breaker.unsqueeze(2)
    before = (other < one) | ((other == one) & (tie_other < tie_one))  # (B, N, N)
    return before.sum(dim=1)
