"""Retrieval of the same person across cameras."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.evaluation.reid.ranking import (
    Labels,
    rank_gallery,
    score_matches,
    squared_distances,
)
from solider_mm.evaluation.semantic_weight.bootstrap import Statistic

__all__ = ["IdentityRetrieval", "identity_retrieval"]


class IdentityRetrieval(NamedTuple):
    """Statistics of counts (R, M) over query images, in percent.

    Attributes:
        mean_average_precision: mAP.
        rank1: Share of queries whose nearest image shows the same person.
    """

    mean_average_precision: Statistic
    rank1: Statistic


def identity_retrieval(
    features: Tensor, identities: Tensor, cameras: Tensor, center: Tensor
) -> IdentityRetrieval:
    """Rank the images of other cameras by cosine for every image.

    Args:
        features: Pooled features (M, C).
        identities: Person numbers (M,).
        cameras: Camera numbers (M,).
        center: Mean feature of other images (C,), subtracted before the comparison.

    Returns:
        The statistics; only queries are resampled, the gallery stays whole.

    Raises:
        ValueError: If nobody is seen by two cameras.
    """
    unit = F.normalize(features.float() - center, dim=1)
    labels = Labels(identities, cameras)
    ranked = rank_gallery(squared_distances(unit, unit), labels, labels)
    scores = score_matches(ranked.is_match)
    valid = scores.first_rank > 0
    if not valid.any():
        raise ValueError(
            f"none of {len(features)} images shows a person that another camera sees "
            "too: identities cannot be retrieved; add images of the same people."
        )

    def mean_over_queries(values: Tensor) -> Statistic:
        counted = torch.where(valid, values.double(), 0.0)
        return lambda counts: 100 * (counts @ counted) / (counts @ valid.double())

    return IdentityRetrieval(
        mean_over_queries(scores.average_precision.nan_to_num()),
        mean_over_queries(scores.first_rank == 1),
    )
