"""Batched k-means without the host: exact in one dimension, seeded and masked in many.

Nothing here loops over images or reads a value back from the device.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from solider_mm.functional.device_copy import copy_to_device
from solider_mm.functional.lloyd import best_of, describe_points, iterate, seed

__all__ = ["kmeans", "two_means_1d"]

_EARLY_ITERATIONS = 3
_EARLY_SELECTION = 4


def two_means_1d(values: Tensor) -> Tensor:
    """Cluster the numbers of every row into two categories, at the global optimum.

    Of all thresholds between two different values the one with the least sum of
    squared errors is taken, found by sorting and prefix sums; among equally good ones
    (to rounding), the lowest, which gives the larger upper cluster. Equal values are
    never separated.

    Args:
        values: ``(B, L)`` numbers, any floating type.

    Returns:
        ``(B, L)`` bool, True for the cluster of larger mean. A row whose values are
        all equal to rounding (4 units of float32, or of float64 for float64 input) or
        not all finite has no two clusters: it is all False.

    Raises:
        TypeError: if ``values`` is not floating point.
        ValueError: if ``values`` is not ``(B, L)``.

    Source:
        The optimum that the k-means of Algorithm 1, line 7, approximates.
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
    """Find where to cut ascending rows ``(B, L)``; the upper part starts after it.

    With centered values the error removed by a cut is ``S² (1/n + 1/(L-n))``, S being
    the sum of the n lower ones.
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
    """Sum ``(B, L)`` along L by doubling: unlike cumsum, reproducible on every GPU."""
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

    Lloyd's iterations from k-means++ seeds; after three of them the better quarter of
    the restarts goes on, and the one of least inertia is kept. Every image sees the
    same random numbers, so its clusters do not depend on its neighbors in the batch.
    A cluster that runs empty takes the point farthest from its own center, unless no
    two different points are left to separate: then it stays empty. Iterations after
    convergence change nothing.

    Args:
        points: ``(B, L, C)`` floating point; may hold anything where ``mask`` is False.
        mask: ``(B, L)`` bool, the points that take part.
        num_clusters: number K of clusters, at least 1.
        num_restarts: number R of seedings, at least 1.
        max_iterations: Lloyd steps of every restart, at least 1.
        generator: source of the ``R·K·L`` uniform numbers, on any device; the global
            CPU generator if None.

    Returns:
        ``(B, L)`` int64 in ``0…K-1``, in no particular order; 0 where ``mask`` is
        False.

    Raises:
        TypeError: if ``points`` is not floating point.
        ValueError: if a shape does not fit or a number is below 1.

    Source:
        Algorithm 1, line 9; the seeding of Arthur and Vassilvitskii (2007).
    """
    _check_kmeans(points, mask, (num_clusters, num_restarts, max_iterations))
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


def _finest_dtype(tensor: Tensor) -> torch.dtype:
    """Give double precision, or single on the devices that have no double."""
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


def _check_kmeans(points: Tensor, mask: Tensor, numbers: tuple[int, ...]) -> None:
    _check_floating(points, "points", "(B, L, C)")
    if mask.shape != points.shape[:2] or mask.dtype != torch.bool:
        raise ValueError(
            f"mask is {mask.dtype} {tuple(mask.shape)}, expected torch.bool "
            f"{tuple(points.shape[:2])}; give one flag for every point."
        )
    if min(numbers) < 1:
        raise ValueError(
            f"num_clusters, num_restarts, max_iterations = {numbers}, expected 1 or "
            "more each; raise what is less."
        )
