"""Exact two-means in one dimension, and masked k-means in many, batched on the device.

Nothing here loops over images or reads a value back from the device. The plan of
`kmeans`, for B images and R restarts at once:

1. `describe_points`: replace the points by their inner products.
2. `seed`: choose K seeds by k-means++ and assign each point to the nearest.
3. `iterate`: three of Lloyd's steps; an empty cluster takes the farthest point.
4. `best_of`: keep the quarter of the restarts that has the least inertia.
5. The same two with the remaining steps, until one restart is left.

An assignment (B, R, L) holds the cluster of each point, or -1 outside the mask.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from solider_mm.functional.device_copy import copy_to_device

__all__ = [
    "Points",
    "best_of",
    "describe_points",
    "iterate",
    "kmeans",
    "seed",
    "two_means_1d",
]

_EARLY_ITERATIONS = 3
_EARLY_SELECTION = 4


def two_means_1d(values: Tensor) -> Tensor:
    """Split the numbers of every row into two clusters, at the global optimum.

    Sorting and prefix sums give the threshold with the least sum of squared errors.
    Among equally good thresholds (to rounding) the lowest is taken, which gives the
    larger upper cluster. Equal values are never separated.

    Args:
        values: Numbers (B, L), any floating type.

    Returns:
        Mask (B, L) of the cluster with the larger mean. A row is all False if its
        values are not all finite, or are equal to rounding (4 units of float32, or of
        float64 for float64 input).

    Raises:
        TypeError: If `values` is not floating point.
        ValueError: If `values` is not (B, L).

    Source:
        Algorithm 1, lines 7 and 8, where a k-means approximates this optimum.
    """
    _check_floating(values, "values", "(B, L)")
    batch, length = values.shape
    if batch == 0 or length < 2:
        return torch.zeros_like(values, dtype=torch.bool)
    resolution = min(torch.finfo(values.dtype).eps, torch.finfo(torch.float32).eps)
    finite = values.isfinite().all(dim=1, keepdim=True)  # (B, 1)
    work = torch.where(finite, values, 0).to(_finest_dtype(values))
    ordered = work.sort(dim=1).values
    noise = 4 * resolution * work.abs().amax(dim=1, keepdim=True)
    separable = finite & (ordered[:, -1:] - ordered[:, :1] > noise)  # (B, 1)
    threshold = ordered[:, 1:].gather(1, _best_split(ordered))  # (B, 1)
    return separable & (work >= threshold)


def _best_split(ordered: Tensor) -> Tensor:
    """Index of the last lower value of ascending rows (B, L).

    With centered values a split removes the error S² (1 / n + 1 / (L − n)), where S is
    the sum of the n lower values.
    """
    length = ordered.shape[1]
    centered = ordered - ordered.mean(dim=1, keepdim=True)
    lower_sum = _running_sum(centered)[:, :-1]  # (B, L-1)
    count = torch.arange(1, length, device=ordered.device, dtype=ordered.dtype)
    gain = lower_sum.square() * (1 / count + 1 / (length - count))
    gain = torch.where(ordered[:, 1:] > ordered[:, :-1], gain, -1)
    slack = 1 - 64 * torch.finfo(ordered.dtype).eps
    best = gain.amax(dim=1, keepdim=True)
    return (gain >= best * slack).to(torch.uint8).argmax(dim=1, keepdim=True)


def _running_sum(values: Tensor) -> Tensor:
    """Cumulative sum (B, L) by doubling: unlike cumsum, reproducible on every GPU."""
    length, step = values.shape[-1], 1
    while step < length:
        values = values + F.pad(values, (step, 0))[..., :length]
        step *= 2
    return values


def kmeans(
    points: Tensor,
    mask: Tensor,
    num_clusters: int,
    *,
    num_restarts: int = 32,
    max_iterations: int = 16,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Cluster the marked points of every image, all images and restarts at once.

    Every image gets the same random numbers, so its clusters do not depend on the
    other images of the batch. An empty cluster takes the point that is farthest from
    its own center; if all points of each cluster are equal, it stays empty. Steps after
    convergence change nothing.

    Args:
        points: Points (B, L, C), floating point; any values where `mask` is False.
        mask: Points that take part, (B, L) bool.
        num_clusters: Number K of clusters, at least 1.
        num_restarts: Number R of seedings, at least 1.
        max_iterations: Lloyd steps of every restart, at least 1.
        generator: Source of the R · K · L uniform numbers, on any device; None takes
            the global CPU generator.

    Returns:
        Clusters (B, L), int64 in 0…K − 1 in no particular order; 0 where `mask` is
        False.

    Raises:
        TypeError: If `points` is not floating point.
        ValueError: If a shape does not fit or a number is below 1.

    Source:
        Algorithm 1, line 9; the seeding of Arthur and Vassilvitskii (2007).
    """
    _check_points(points, mask)
    for name, number in (
        ("num_clusters", num_clusters),
        ("num_restarts", num_restarts),
        ("max_iterations", max_iterations),
    ):
        if number < 1:
            raise ValueError(f"{name}={number}: expected 1 or more; raise it.")
    batch, length, _ = points.shape
    size = (num_restarts, num_clusters, length)
    device = None if generator is None else generator.device
    uniform = torch.rand(size, generator=generator, device=device)
    if batch == 0 or length == 0 or num_clusters == 1:
        return torch.zeros_like(mask, dtype=torch.int64)
    with torch.autocast("cpu", enabled=False):
        cloud = describe_points(points, mask)
        power = cloud.power
        # Exponential arrival times (R, K, L), copied without waiting for the device.
        race = -copy_to_device(uniform, power.device).to(power.dtype).log()
        assignment = seed(cloud, race)  # (B, R, L)
        early = min(_EARLY_ITERATIONS, max_iterations)
        for steps, survivors in (
            (early, -(-num_restarts // _EARLY_SELECTION)),
            (max_iterations - early, 1),
        ):
            assignment = iterate(assignment, cloud, num_clusters, steps)
            assignment = best_of(assignment, cloud, num_clusters, survivors)
    return torch.where(mask, assignment.squeeze(1), 0)


class Points(NamedTuple):
    """B sets of L points, by their inner products around some origin.

    Attributes:
        mask: Points that take part, (B, L) bool.
        power: ‖x‖² of those points and 0 for the others, (B, L).
        product: Function of weights w (B, M, L) that returns w X Xᵀ (B, M, L), the
            products of weighted sums of points with every point.
    """

    mask: Tensor
    power: Tensor
    product: Callable[[Tensor], Tensor]


def describe_points(points: Tensor, mask: Tensor) -> Points:
    """Describe points (B, L, C) by their inner products.

    Where the table (L, L) of inner products is smaller than the points, it replaces
    them. The origin is moved to the first marked point: near the others for accuracy,
    and exact for equal points.

    Args:
        points: Points (B, L, C); any values where `mask` is False.
        mask: Points that take part, (B, L) bool.

    Returns:
        The description.
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
        return Points(mask, power, lambda weights: torch.bmm(weights, table))
    work = torch.where(mask.unsqueeze(-1), work, 0)
    transposed = work.transpose(1, 2)
    power = work.square().sum(dim=-1)
    return Points(
        mask, power, lambda weights: torch.bmm(torch.bmm(weights, work), transposed)
    )


def seed(points: Points, race: Tensor) -> Tensor:
    """Assign the points to k-means++ seeds.

    A seed is sampled in proportion to the squared distance from the earlier ones. If
    each point has an exponential arrival time, the point with the least time over
    weight is such a sample.

    Args:
        points: Description of the points.
        race: Arrival times (R, K, L), standard exponential.

    Returns:
        Assignment (B, R, L).
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
    """Repeat Lloyd's step; on the CPU, stop once no point changes its cluster.

    Args:
        assignment: Assignment (B, R, L).
        points: Description of the points.
        clusters: Number K of clusters.
        steps: Largest number of steps.

    Returns:
        Assignment (B, R, L).
    """
    for _ in range(steps):
        previous = assignment
        assignment = _step(assignment, points, clusters)
        # Elsewhere the comparison would make the host wait for the device.
        if assignment.device.type == "cpu" and torch.equal(assignment, previous):
            break
    return assignment


def best_of(
    assignment: Tensor, points: Points, clusters: int, survivors: int
) -> Tensor:
    """Keep the restarts of least inertia of every image.

    Args:
        assignment: Assignment (B, R, L).
        points: Description of the points.
        clusters: Number K of clusters.
        survivors: Number of restarts to keep.

    Returns:
        Assignment (B, survivors, L), the best restart first.
    """
    _, center, count = _means(assignment, points, clusters)
    explained = (center * count).sum(dim=(2, 3))  # (B, R): power minus inertia
    order = explained.sort(dim=1, descending=True, stable=True).indices
    chosen = order[:, :survivors].unsqueeze(-1)
    return assignment.gather(1, chosen.expand(-1, -1, assignment.shape[2]))


def _step(assignment: Tensor, points: Points, clusters: int) -> Tensor:
    """Move every point of (B, R, L) to the nearest cluster mean."""
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
    """Products mean · x (B, R, K, L), ‖mean‖² and cluster sizes (B, R, K, 1)."""
    labels = torch.arange(clusters, device=assignment.device).view(-1, 1)
    member = (assignment.unsqueeze(2) == labels).to(points.power)
    count = member.sum(dim=-1, keepdim=True)
    weights = member / count.clamp(min=1)
    cross = points.product(weights.flatten(1, 2)).view_as(member)
    return cross, (cross * weights).sum(dim=-1, keepdim=True), count


def _zero_distance(power: Tensor) -> Tensor:
    """Largest squared distance (B, 1, 1) that may be a rounding error of ‖x‖²."""
    limit = 64 * torch.finfo(power.dtype).eps
    return limit * power.amax(dim=1).view(-1, 1, 1)


def _matmul_dtype(tensor: Tensor) -> torch.dtype:
    """A dtype whose matrix products are computed in that dtype.

    On a GPU, TF32 or autocast may replace float32, but not float64.
    """
    if tensor.device.type == "cpu":
        return tensor.dtype
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _finest_dtype(tensor: Tensor) -> torch.dtype:
    """Double precision, or single precision on devices without double."""
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _check_floating(tensor: Tensor, name: str, dims: str) -> None:
    if not tensor.is_floating_point():
        raise TypeError(
            f"{name} has type {tensor.dtype}, expected floating point; convert it."
        )
    if tensor.dim() != dims.count(",") + 1:
        raise ValueError(
            f"{name} has shape {tuple(tensor.shape)}, expected {dims}; reshape it."
        )


def _check_points(points: Tensor, mask: Tensor) -> None:
    _check_floating(points, "points", "(B, L, C)")
    if mask.shape != points.shape[:2] or mask.dtype != torch.bool:
        raise ValueError(
            f"mask is {mask.dtype} {tuple(mask.shape)}, expected torch.bool "
            f"{tuple(points.shape[:2])}; give one flag for every point."
        )
