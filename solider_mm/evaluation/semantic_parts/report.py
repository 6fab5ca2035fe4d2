"""Report on semantic parts and features of people with known ground truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from solider_mm.evaluation.semantic_parts.agreement import (
    foreground_iou,
    mask_to_tokens,
    nearest_neighbor_accuracy,
    part_nmi,
    parts_to_tokens,
)
from solider_mm.functional.image_batch import image_batch

__all__ = ["MEANINGS", "format_part_report", "part_report"]

Clusterer = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class _Settings:
    """Input size (H, W), device and λ of a report."""

    size: tuple[int, int]
    device: torch.device
    part_weight: float
    identity_weight: float


@dataclass(frozen=True, eq=False)
class _Measurement:
    """Measurements of B images, on the CPU.

    Attributes:
        iou: Foreground IoU, (B,).
        foreground_share: Share of true foreground tokens, (B,).
        labels: Semantic labels, (B, h, w).
        truth: True parts, (B, h, w).
        kept: Whether the clusterer keeps the image, (B,).
        features: Pooled features, (B, C).
    """

    iou: Tensor
    foreground_share: Tensor
    labels: Tensor
    truth: Tensor
    kept: Tensor
    features: Tensor


MEANINGS = {
    "foreground_iou": "predicted foreground against the true person (1 = exact)",
    "foreground_iou_all": "baseline: every token is foreground",
    "part_nmi": "semantic labels against true body parts (0 = independent, 1 = same)",
    "part_nmi_bands": "baseline: equal horizontal bands on every image",
    "kept_fraction": "share of images that the clusterer keeps",
    "identity_accuracy": "nearest neighbor from another camera has the same identity",
    "identity_chance": "baseline: a random neighbor",
    "identity_same_camera": "nearest neighbor within the camera has the same identity",
    "identity_same_camera_chance": "baseline: a random neighbor",
}


@torch.no_grad()
def part_report(
    backbone: nn.Module,
    clusterer: Clusterer,
    people: Sequence[Mapping[str, Any]],
    *,
    size: tuple[int, int] = (256, 128),
    part_weight: float = 1.0,
    identity_weight: float = 0.0,
    batch_size: int = 64,
) -> dict[str, float]:
    """Compute foreground IoU, part NMI and nearest-neighbor identity accuracy.

    Foreground and parts are evaluated on *all* images, kept or not, so that two models
    are compared on the same tokens. `kept_fraction` is reported separately.

    Args:
        backbone: Callable `backbone(images, semantic_weight)` that returns a tuple of
            maps; the last one is used. Its training mode is restored.
        clusterer: Callable from maps (B, C, h, w) to semantic labels (B, h, w) and
            kept flags (B,).
        people: Dicts with `image` (H, W, 3) uint8 RGB, `foreground` (H, W) bool,
            `coarse_parts` (H, W) labels, 0 = background, and the numbers `identity`
            and `camera`.
        size: Input size (H, W) of the backbone.
        part_weight: Value of λ for the parts.
        identity_weight: Value of λ for the pooled features.
        batch_size: Number of images per forward pass.

    Returns:
        The metrics named in `MEANINGS`.

    Raises:
        ValueError: If `people` is empty.
    """
    if not people:
        raise ValueError("0 people were passed; expected at least one person.")
    settings = _Settings(
        size, next(backbone.parameters()).device, part_weight, identity_weight
    )
    was_training = backbone.training
    backbone.eval()
    batches = [
        _measure(
            backbone,
            clusterer,
            people[start : start + batch_size],
            settings,
        )
        for start in range(0, len(people), batch_size)
    ]
    backbone.train(was_training)
    whole = _Measurement(
        **{
            field.name: torch.cat([getattr(batch, field.name) for batch in batches])
            for field in fields(_Measurement)
        }
    )
    identities = torch.tensor([int(person["identity"]) for person in people])
    cameras = torch.tensor([int(person["camera"]) for person in people])
    across, within = (
        nearest_neighbor_accuracy(whole.features, identities, cameras, same_camera=same)
        for same in (False, True)
    )
    return {
        "foreground_iou": float(whole.iou.mean()),
        "foreground_iou_all": float(whole.foreground_share.mean()),
        "part_nmi": part_nmi(whole.labels, whole.truth),
        "part_nmi_bands": part_nmi(_bands(whole.truth), whole.truth),
        "kept_fraction": float(whole.kept.float().mean()),
        "identity_accuracy": across.accuracy,
        "identity_chance": across.chance,
        "identity_same_camera": within.accuracy,
        "identity_same_camera_chance": within.chance,
    }


def format_part_report(reports: Mapping[str, Mapping[str, float]]) -> str:
    """Format reports as columns of a table, one metric per line with its meaning.

    Args:
        reports: Reports of `part_report` by column title, for example `'before'`.

    Returns:
        Plain-text table.
    """
    width = max(8, *(len(title) + 2 for title in reports))
    name_width = max(len(name) for name in MEANINGS)
    titles = "".join(title.rjust(width) for title in reports)
    lines = [" " * name_width + titles]
    for name, meaning in MEANINGS.items():
        values = "".join(f"{report[name]:{width}.3f}" for report in reports.values())
        lines.append(f"{name.ljust(name_width)}{values}   {meaning}")
    return "\n".join(lines)


def _measure(
    backbone: nn.Module,
    clusterer: Clusterer,
    people: Sequence[Mapping[str, Any]],
    settings: _Settings,
) -> _Measurement:
    """Measure one batch."""
    images = [torch.as_tensor(person["image"]).to(settings.device) for person in people]
    batch = image_batch(images, settings.size)  # (B, 3, H, W)
    part_map = backbone(batch, settings.part_weight)[-1]  # (B, C, h, w)
    identity_map = part_map
    if settings.identity_weight != settings.part_weight:
        identity_map = backbone(batch, settings.identity_weight)[-1]
    labels, kept = (found.cpu() for found in clusterer(part_map))
    grid = (labels.shape[1], labels.shape[2])
    foreground = torch.cat(
        [mask_to_tokens(_map(person, "foreground"), grid) for person in people]
    )
    truth = torch.cat(
        [parts_to_tokens(_map(person, "coarse_parts"), grid) for person in people]
    )
    return _Measurement(
        iou=foreground_iou(labels > 0, foreground),
        foreground_share=foreground.float().mean(dim=(1, 2)),
        labels=labels,
        truth=truth,
        kept=kept,
        features=identity_map.float().mean(dim=(2, 3)).cpu(),
    )


def _bands(truth: Tensor) -> Tensor:
    """Return as many equal horizontal bands as true parts, (B, h, w)."""
    height, num_bands = truth.shape[1], max(int(truth.max()), 1)
    band = torch.arange(height) * num_bands // height + 1  # (h,)
    return band.view(1, -1, 1).expand_as(truth)


def _map(person: Mapping[str, Any], key: str) -> Tensor:
    return torch.as_tensor(person[key])[None]  # (1, H, W)
