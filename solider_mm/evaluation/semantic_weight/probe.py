"""Probe a frozen backbone at several λ on people whose truth is known."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from solider_mm.evaluation.semantic_parts.agreement import parts_to_tokens
from solider_mm.evaluation.semantic_weight.bootstrap import (
    Estimate,
    estimate,
    resampling_counts,
)
from solider_mm.evaluation.semantic_weight.identity_retrieval import identity_retrieval
from solider_mm.evaluation.semantic_weight.linear_probe import (
    attribute_probe,
    few_label_part_probe,
    part_probe,
)
from solider_mm.evaluation.semantic_weight.part_geometry import part_geometry
from solider_mm.evaluation.semantic_weight.people import ProbePeople
from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = ["PROBES", "compare_ends", "probe_semantic_weight"]

PROBES = {
    "part_geometry": "ρ: distance between parts over distance within a part",
    "part_probe": "parts of tokens by a linear classifier, mIoU in %",
    "part_probe_few": "the same from 8 labeled images, mean of 10 choices",
    "identity_map": "the same person across cameras, mAP in %",
    "identity_rank1": "the same person across cameras, Rank-1 in %",
    "attribute_probe": "attributes by linear classifiers, mA in %",
}
FIT_SHARE = 0.4  # of the identities; probes are fitted on them
GEOMETRY_IMAGES = 200  # ρ compares all pairs of tokens


class _Truth(NamedTuple):
    """What is measured against; `fit` (M,) marks images that fit the probes."""

    parts: Tensor
    people: ProbePeople
    fit: Tensor


@torch.no_grad()
def probe_semantic_weight(
    backbone: nn.Module,
    people: ProbePeople,
    semantic_weights: Sequence[float],
    *,
    num_resamples: int = 1000,
    batch_size: int = 64,
) -> dict[float, dict[str, Estimate]]:
    """Measure frozen features of the last map at several λ.

    Classifiers are fitted on some of the people and tested on the others; what is
    reported concerns the others. The resamples are the same for every λ, so that
    estimates can be compared in pairs.

    Args:
        backbone: A `SOLIDERSwin`, with `forward_weights`. Its mode is restored.
        people: Images and truth.
        semantic_weights: Values of λ, each in [0, 1].
        num_resamples: Bootstrap resamples.
        batch_size: Images per pass.

    Returns:
        λ to the estimates named in `PROBES`.

    Raises:
        ValueError: If no λ is given, or one is outside [0, 1].
    """
    if not semantic_weights:
        raise ValueError("no semantic weight was given: pass at least one λ in [0, 1].")
    weights = [check_semantic_weight(weight) for weight in semantic_weights]
    maps = _encode(backbone, people.images, weights, batch_size)
    size = (maps[0].shape[2], maps[0].shape[3])
    unique = people.identities.unique()
    fit = people.identities < unique[max(2, round(FIT_SHARE * len(unique)))]
    truth = _Truth(parts_to_tokens(people.coarse_parts, size).flatten(1), people, fit)
    _, identity = people.identities[~fit].unique(return_inverse=True)  # (M',)
    # Images of a person depend on each other: whole people are resampled.
    counts = resampling_counts(int(identity.max()) + 1, num_resamples)[:, identity]
    return {
        weight: _measure(map_.flatten(2).transpose(1, 2), truth, counts)
        for weight, map_ in zip(weights, maps, strict=True)
    }


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
        for name in PROBES
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


def _measure(tokens: Tensor, truth: _Truth, counts: Tensor) -> dict[str, Estimate]:
    """All probes of the tokens (M, L, C) of one λ."""
    fit, held_out, people = truth.fit, ~truth.fit, truth.people
    pooled = tokens.mean(1)  # (M, C)
    parts = truth.parts[held_out]
    retrieval = identity_retrieval(
        pooled[held_out],
        people.identities[held_out],
        people.cameras[held_out],
        pooled[fit].mean(0),
    )
    spread = torch.linspace(0, len(parts) - 1, min(len(parts), GEOMETRY_IMAGES)).long()
    geometry = part_geometry(tokens[held_out][spread], parts[spread])
    attributes = attribute_probe(
        pooled[fit],
        people.attributes[fit],
        pooled[held_out],
        people.attributes[held_out],
    )
    part_data = (tokens[fit], truth.parts[fit], tokens[held_out], parts)
    return {
        "part_geometry": estimate(geometry, counts[:, spread]),
        "part_probe": estimate(part_probe(*part_data), counts),
        "part_probe_few": estimate(few_label_part_probe(*part_data), counts),
        "identity_map": estimate(retrieval.mean_average_precision, counts),
        "identity_rank1": estimate(retrieval.rank1, counts),
        "attribute_probe": estimate(attributes, counts),
    }
