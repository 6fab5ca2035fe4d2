"""Lloyd's iterations and k-means++ seeds for many restarts of many images at once.

Points are known by their inner products alone, clusters by who belongs to them: an
assignment ``(B, R, L)`` holds, for every image and restart, each point's cluster, or
-1 for a point that does not take part.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Points", "best_of", "describe_points", "iterate", "seed"]


class Points(NamedTuple):
    """B sets of L points, by their inner products around some origin.

    Attributes:
        mask: ``(B, L)`` bool, the points that take part.
        power: ``(B, L)``, ``‖x‖²`` of those points, 0 for the others.
        product: maps weights ``(B, M, L)`` to ``w X Xᵀ`` ``(B, M, L)``, the products
            of weighted sums of points with every point.
    """

    mask: Tensor
    power: Tensor
    product: Callable[[Tensor], Tensor]


def describe_points(points: Tensor, mask: Tensor) -> Points:
    """Prepare points ``(B, L, C)``, which may be anything where ``mask`` is False.

    Where the L×L table of inner products is smaller than the points, it replaces them.
    The origin is put on the first marked point: near the others for accuracy, and
    exact for equal points.
    """
    length, channels = points.shape[1:]
    points = points.to(torch.promote_types(points.dtype, torch.float32))
    first = mask.to(torch.uint8).argmax(dim=1).view(-1, 1, 1)
    origin = points.gather(1, first.expand(-1, 1, channels))
    work = (points - origin).to(_matmul_dtype(points))
    if length <= 2 * channels:
        both = mask.unsqueeze(1) & mask.unsqueeze(2)
        table = torch.where(both, work @ work.transpose(1, 2), 0)  # (B, L, L)
        power = table.diagonal(dim1=1, dim2=2)
        return Points(mask, power, lambda weights: weights @ table)
    work = torch.where(mask.unsqueeze(-1), work, 0)
    transposed = work.transpose(1, 2)
    power = work.square().sum(dim=-1)
    return Points(mask, power, lambda weights: (weights @ work) @ transposed)


def seed(points: Points, race: Tensor) -> Tensor:
    """Assign the points to k-means++ seeds, for every restart: ``(B, R, L)``.

    A seed is drawn in proportion to its squared distance from the earlier ones by an
    exponential race: the point of least arrival time over weight wins.

    Args:
        points: the points.
        race: ``(R, K, L)`` arrival times, standard exponential.
    """
    mask, power, product = points
    nearest = mask.to(power).unsqueeze(1).expand(-1, race.shape[0], -1)  # (B, R, L)
    assignment = torch.zeros_like(nearest, dtype=torch.int64)
    token = torch.arange(mask.shape[1], device=mask.device)
    zero = _zero_distance(power)
    for index in range(race.shape[1]):
        winner = (nearest / race[:, index]).argmax(dim=-1)  # (B, R)
        cross = product((winner.unsqueeze(-1) == token).to(power))  # (B, R, L)
        distance = power.unsqueeze(1) + power.gather(1, winner).unsqueeze(-1)
        distance = distance.sub(cross, alpha=2) * mask.unsqueeze(1)
        distance = torch.where(distance > zero, distance, 0)
        closer = (distance < nearest) | (index == 0)
        assignment = torch.where(closer, index, assignment)
        nearest = torch.where(closer, distance, nearest)
    return assignment.masked_fill(~mask.unsqueeze(1), -1)


def iterate(assignment: Tensor, points: Points, clusters: int, steps: int) -> Tensor:
    """Repeat Lloyd's step on ``(B, R, L)``; the CPU stops once nothing moves."""
    for _ in range(steps):
        previous = assignment
        assignment = _step(assignment, points, clusters)
        # Only the CPU may look: elsewhere that would stall the device.
        if assignment.device.type == "cpu" and torch.equal(assignment, previous):
            break
    return assignment


def best_of(
    assignment: Tensor, points: Points, clusters: int, survivors: int
) -> Tensor:
    """Keep every image's restarts of least inertia: ``(B, survivors, L)``."""
    _, center, count = _means(assignment, points, clusters)
    explained = (center * count).sum(dim=(2, 3))  # (B, R), total power less inertia
    order = explained.sort(dim=1, descending=True, stable=True).indices
    chosen = order[:, :survivors].unsqueeze(-1)
    return assignment.gather(1, chosen.expand(-1, -1, assignment.shape[2]))


def _step(assignment: Tensor, points: Points, clusters: int) -> Tensor:
    """Move every point to the nearest cluster mean; ``(B, R, L)`` in and out."""
    cross, center, count = _means(assignment, points, clusters)
    empty = count == 0  # (B, R, K, 1)
    distance = torch.sub(center.masked_fill(empty, torch.inf), cross, alpha=2)
    nearest, moved = distance.min(dim=2)  # (B, R, L)
    outside = assignment < 0
    nearest = (nearest + points.power.unsqueeze(1)).masked_fill(outside, 0)  # squared
    farthest = nearest.argmax(dim=-1, keepdim=True)  # (B, R, 1)
    fill = nearest.gather(-1, farthest) > _zero_distance(points.power)
    fill = fill & empty.any(dim=2)
    first_empty = empty.to(torch.uint8).argmax(dim=2)  # (B, R, 1)
    taken = torch.where(fill, first_empty, moved.gather(-1, farthest))
    token = torch.arange(assignment.shape[2], device=assignment.device)
    return torch.where(token == farthest, taken, moved).masked_fill(outside, -1)


def _means(
    assignment: Tensor, points: Points, clusters: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Give mean·x ``(B, R, K, L)``, ``‖mean‖²`` and cluster sizes ``(B, R, K, 1)``."""
    labels = torch.arange(clusters, device=assignment.device).view(-1, 1)
    member = (assignment.unsqueeze(2) == labels).to(points.power)
    count = member.sum(dim=-1, keepdim=True)
    weights = member / count.clamp(min=1)
    cross = points.product(weights.flatten(1, 2)).view_as(member)
    return cross, (cross * weights).sum(dim=-1, keepdim=True), count


def _zero_distance(power: Tensor) -> Tensor:
    """Squared distance that counts as none, ``(B, 1, 1)``: rounding of ‖x‖² terms."""
    limit = 64 * torch.finfo(power.dtype).eps
    return limit * power.amax(dim=1).view(-1, 1, 1)


def _matmul_dtype(tensor: Tensor) -> torch.dtype:
    """Give a type whose matrix products are really computed in that type.

    On the CPU float32 is one. On a GPU TF32 and autocast may take its place, so there
    it is float64, which both leave alone.
    """
    if tensor.device.type == "cpu":
        return tensor.dtype
    return torch.float32 if tensor.device.type == "mps" else torch.float64
