"""Probe a frozen backbone at several λ, on as much truth as is known."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from solider_mm.evaluation.semantic_parts.agreement import parts_to_tokens
from solider_mm.evaluation.semantic_weight.attribute_probe import attribute_probe
from solider_mm.evaluation.semantic_weight.bootstrap import (
    Estimate,
    estimate,
    resampling_counts,
)
from solider_mm.evaluation.semantic_weight.identity_retrieval import identity_retrieval
from solider_mm.evaluation.semantic_weight.linear_probe import (
    few_label_part_probe,
    part_probe,
)
from solider_mm.evaluation.semantic_weight.names import FEW_IMAGES, label_count_name
from solider_mm.evaluation.semantic_weight.part_geometry import part_geometry
from solider_mm.evaluation.semantic_weight.people import ProbePeople
from solider_mm.evaluation.semantic_weight.pose_probe import pose_probe
from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = ["compare_ends", "probe_semantic_weight"]

FIT_SHARE = 0.4  # of the identities; probes are fitted on them
GEOMETRY_IMAGES = 200  # ρ compares all pairs of tokens

Labeler = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Maps (M, C, h, w) to labels (M, h, w), and (M,) whether they may be used."""


class _Truth(NamedTuple):
    """What is measured against; `fit` (M,) marks images that fit the probes."""

    people: ProbePeople
    parts: Tensor | None
    own_parts: Tensor | None
    fit: Tensor
    label_counts: Sequence[int]


@torch.no_grad()
def probe_semantic_weight(
    backbone: nn.Module,
    people: ProbePeople,
    semantic_weights: Sequence[float],
    *,
    labeler: Labeler | None = None,
    label_counts: Sequence[int] = (),
    num_resamples: int = 1000,
    batch_size: int = 64,
) -> dict[float, dict[str, Estimate]]:
    """Measure frozen features of the last map at several λ.

    Classifiers are fitted on some of the people and tested on the others; what is
    reported concerns the others. The resamples are the same for every λ, so that
    estimates can be compared in pairs.

    Args:
        backbone: A `SOLIDERSwin`, with `forward_weights`. Its mode is restored.
        people: Images and what is known of them.
        semantic_weights: Values of λ, each in [0, 1].
        labeler: Makes the parts of `part_geometry` from the backbone's maps at λ = 1
            where people have no part labels, for example a `SemanticClusterer`.
        label_counts: Numbers of labeled images for further part probes.
        num_resamples: Bootstrap resamples.
        batch_size: Images per pass.

    Returns:
        λ to estimates by name, see `names.PROBES`; only those whose truth is known.

    Raises:
        ValueError: If no λ is given or one is outside [0, 1], or if there is nothing to
            measure against.
    """
    if not semantic_weights:
        raise ValueError("no semantic weight was given: pass at least one λ in [0, 1].")
    weights = [check_semantic_weight(weight) for weight in semantic_weights]
    needs_labels = people.coarse_parts is None and labeler is not None
    maps = _encode(
        backbone, people.images, [*weights, *[1.0] * needs_labels], batch_size
    )
    size = (maps[0].shape[2], maps[0].shape[3])
    parts = own_parts = None
    if people.coarse_parts is not None:
        parts = parts_to_tokens(people.coarse_parts, size).flatten(1)
    elif labeler is not None:
        labels, kept = labeler(maps.pop())
        own_parts = torch.where(kept[:, None, None], labels, 0).flatten(1)
    unique = people.units.unique()
    fit = people.units < unique[max(2, round(FIT_SHARE * len(unique)))]
    truth = _Truth(people, parts, own_parts, fit, label_counts)
    _, unit = people.units[~fit].unique(return_inverse=True)  # (M',)
    # Images of a person depend on each other: whole people are resampled.
    counts = resampling_counts(int(unit.max()) + 1, num_resamples)[:, unit]
    results = {}
    for weight, map_ in zip(weights, maps, strict=True):
        results[weight] = _measure_tokens(map_, truth, counts)
        results[weight] |= _measure_pooled(map_.mean((2, 3)), truth, counts)
    if not results[weights[0]]:
        raise ValueError(
            "these people have neither parts, identities, attributes nor joints: add "
            "labels, or pass a labeler."
        )
    return results


def compare_ends(
    results: Mapping[float, Mapping[str, Estimate]],
) -> dict[str, Estimate]:
    """Paired effect of the largest λ against the smallest.

    Args:
        results: Result of `probe_semantic_weight` for at least two λ.

    Returns:
        The ratio of `part_geometry`; the differences, in points, of the others.
    """
    low, high = results[min(results)], results[max(results)]
    return {
        name: high[name].over(low[name])
        if name == "part_geometry"
        else high[name].minus(low[name])
        for name in low
    }


def _encode(
    backbone: nn.Module, images: Tensor, weights: Sequence[float], batch_size: int
) -> list[Tensor]:
    """Last maps (M, C, h, w) for every λ."""
    device = next(backbone.parameters()).device
    was_training = backbone.training
    backbone.eval()
    batches: list[list[Tensor]] = []
    for batch in images.split(batch_size):
        pyramids = backbone.forward_weights(batch.to(device), weights)  # type: ignore[operator]
        batches.append([maps[-1].float().cpu() for maps in pyramids])
    backbone.train(was_training)
    return [torch.cat(maps) for maps in zip(*batches, strict=True)]


def _measure_tokens(maps: Tensor, truth: _Truth, counts: Tensor) -> dict[str, Estimate]:
    """Probes of the tokens of maps (M, C, h, w)."""
    tokens, fit, held_out = maps.flatten(2).transpose(1, 2), truth.fit, ~truth.fit
    found = {}
    known = truth.parts if truth.parts is not None else truth.own_parts
    if known is not None:
        parts = known[held_out]
        number = min(len(parts), GEOMETRY_IMAGES)
        spread = torch.linspace(0, len(parts) - 1, number).long()
        geometry = part_geometry(tokens[held_out][spread], parts[spread])
        found["part_geometry"] = estimate(geometry, counts[:, spread])
    if truth.parts is not None:
        data = (tokens[fit], truth.parts[fit], tokens[held_out], truth.parts[held_out])
        found["part_probe"] = estimate(part_probe(*data), counts)
        few = few_label_part_probe(*data, min(FEW_IMAGES, int(fit.sum())))
        found["part_probe_few"] = estimate(few, counts)
        for number in truth.label_counts:
            name = label_count_name(number)
            found[name] = estimate(few_label_part_probe(*data, number), counts)
    if truth.people.keypoints is not None:
        joints = truth.people.keypoints
        size = (truth.people.images.shape[2], truth.people.images.shape[3])
        pose = pose_probe(
            maps[fit], joints[fit], maps[held_out], joints[held_out], size
        )
        found["pose_probe"] = estimate(pose, counts)
    return found


def _measure_pooled(
    pooled: Tensor, truth: _Truth, counts: Tensor
) -> dict[str, Estimate]:
    """Probes of the pooled features (M, C)."""
    people, fit, held_out = truth.people, truth.fit, ~truth.fit
    found = {}
    if people.identities is not None and people.cameras is not None:
        retrieval = identity_retrieval(
            pooled[held_out],
            people.identities[held_out],
            people.cameras[held_out],
            pooled[fit].mean(0),
        )
        found["identity_map"] = estimate(retrieval.mean_average_precision, counts)
        found["identity_rank1"] = estimate(retrieval.rank1, counts)
    if people.attributes is not None:
        known = people.attributes
        probe = attribute_probe(
            pooled[fit], known[fit], pooled[held_out], known[held_out]
        )
        found["attribute_probe"] = estimate(probe, counts)
    return found
