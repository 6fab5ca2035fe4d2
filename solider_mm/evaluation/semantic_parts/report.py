"""Measures a backbone's semantic parts and features on people whose truth is known."""

from collections.abc import Callable, Mapping, Sequence
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

MEANINGS = {
    "foreground_iou": "foreground found by token magnitude against the true person "
    "(1 = exact)",
    "foreground_iou_all": "what calling every token foreground would reach",
    "part_nmi": "semantic labels against true body parts (0 = unrelated, 1 = same)",
    "part_nmi_bands": "what equal horizontal bands on every image would reach",
    "kept_fraction": "share of images whose foreground the clusterer accepts",
    "identity_accuracy": "nearest neighbor from another camera is the same person",
    "identity_chance": "what a random neighbor would reach",
    "identity_same_camera": "nearest neighbor within the camera is the same person",
    "identity_same_camera_chance": "what a random neighbor would reach",
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
    """Foreground IoU, part NMI and nearest-neighbor identity accuracy.

    Foreground and parts are judged on *all* images, kept or not, so that two models
    are compared on the same tokens; `kept_fraction` is told beside them.

    Args:
        backbone: `backbone(images, semantic_weight)` gives a tuple of maps, of which
            the last is used. Its mode is restored.
        clusterer: Maps (B, C, h, w) to semantic labels (B, h, w) and kept (B,).
        people: Dicts with `image` (H, W, 3) uint8 RGB, `foreground` (H, W) bool,
            `coarse_parts` (H, W) labels, 0 = background, and the numbers
            `identity` and `camera`.
        size: (H, W) that the images are resized to.
        part_weight: Λ for the parts.
        identity_weight: Λ for the pooled features that are compared.
        batch_size: Images per pass.

    Returns:
        The figures named in `MEANINGS`.

    Raises:
        ValueError: If `people` is empty.
    """
    if not people:
        raise ValueError("no people were given; draw some to measure on.")
    device = next(backbone.parameters()).device
    was_training = backbone.training
    backbone.eval()
    batches = [
        _measure(
            backbone,
            clusterer,
            people[start : start + batch_size],
            size,
            device,
            (part_weight, identity_weight),
        )
        for start in range(0, len(people), batch_size)
    ]
    backbone.train(was_training)
    iou, share, labels, truth, kept, features = (
        torch.cat(parts) for parts in zip(*batches, strict=True)
    )
    identities = torch.tensor([int(person["identity"]) for person in people])
    cameras = torch.tensor([int(person["camera"]) for person in people])
    across, within = (
        nearest_neighbor_accuracy(features, identities, cameras, same_camera=same)
        for same in (False, True)
    )
    return {
        "foreground_iou": float(iou.mean()),
        "foreground_iou_all": float(share.mean()),
        "part_nmi": part_nmi(labels, truth),
        "part_nmi_bands": part_nmi(_bands(truth), truth),
        "kept_fraction": float(kept.float().mean()),
        "identity_accuracy": across.accuracy,
        "identity_chance": across.chance,
        "identity_same_camera": within.accuracy,
        "identity_same_camera_chance": within.chance,
    }


def format_part_report(reports: Mapping[str, Mapping[str, float]]) -> str:
    """Lay reports side by side, one figure per line with what it means.

    Args:
        reports: Column title, for example `'before'`, to a `part_report`.

    Returns:
        A table of plain text.
    """
    width = max(8, *(len(title) + 2 for title in reports))
    name_width = max(len(name) for name in MEANINGS)
    titles = "".join(title.rjust(width) for title in reports)
    lines = [" " * name_width + titles]
    for name, meaning in MEANINGS.items():
        figures = "".join(f"{report[name]:{width}.3f}" for report in reports.values())
        lines.append(f"{name.ljust(name_width)}{figures}   {meaning}")
    return "\n".join(lines)


def _measure(
    backbone: nn.Module,
    clusterer: Clusterer,
    people: Sequence[Mapping[str, Any]],
    size: tuple[int, int],
    device: torch.device,
    weights: tuple[float, float],
) -> tuple[Tensor, ...]:
    """Figures of one batch, on the CPU.

    Returns:
        IoU (b,), share of true foreground (b,), semantic labels and true parts
        (b, h, w), kept (b,), pooled features (b, C).
    """
    images = [torch.as_tensor(person["image"]).to(device) for person in people]
    batch = image_batch(images, size)  # (B, 3, H, W)
    part_weight, identity_weight = weights
    part_map = backbone(batch, part_weight)[-1]  # (B, C, h, w)
    same = identity_weight == part_weight
    identity_map = part_map if same else backbone(batch, identity_weight)[-1]
    labels, kept = (found.cpu() for found in clusterer(part_map))
    grid = (labels.shape[1], labels.shape[2])
    foreground = torch.cat(
        [mask_to_tokens(_map(person, "foreground"), grid) for person in people]
    )
    truth = torch.cat(
        [parts_to_tokens(_map(person, "coarse_parts"), grid) for person in people]
    )
    iou = foreground_iou(labels > 0, foreground)
    share = foreground.float().mean(dim=(1, 2))
    features = identity_map.float().mean(dim=(2, 3)).cpu()  # (b, C)
    return iou, share, labels, truth, kept, features


def _bands(truth: Tensor) -> Tensor:
    """As many equal horizontal bands as there are true parts, (B, h, w)."""
    height, num_bands = truth.shape[1], max(int(truth.max()), 1)
    band = torch.arange(height) * num_bands // height + 1  # (h,)
    return band.view(1, -1, 1).expand_as(truth)


def _map(person: Mapping[str, Any], key: str) -> Tensor:
    return torch.as_tensor(person[key])[None]  # (1, H, W)
