"""Linear probe of attributes on pooled features."""

import torch
from torch import Tensor

from solider_mm.evaluation.semantic_weight.bootstrap import Statistic
from solider_mm.evaluation.semantic_weight.linear_probe import fit_linear, standardize

__all__ = ["attribute_probe"]

WEIGHT_PENALTY = 1e-2
MIN_SHARE = 0.02  # rarer attributes give no stable recall


def attribute_probe(
    fit_features: Tensor, fit_attributes: Tensor, features: Tensor, attributes: Tensor
) -> Statistic:
    """Mean accuracy (mA) of linear classifiers of pooled features.

    Attributes shared by nearly all or nearly none of the people are left out.

    Args:
        fit_features: Features the classifiers are fitted on, (B', C).
        fit_attributes: Their attributes (B', K), 0 or 1.
        features: Features of other images, (B, C).
        attributes: Their attributes (B, K).

    Returns:
        The statistic mA in percent of counts (R, B): the mean over attributes of the
        mean of the recalls of both values.

    Raises:
        ValueError: If no attribute varies.
    """
    shares = torch.stack([a.double().mean(0) for a in (fit_attributes, attributes)])
    varies = ((shares > MIN_SHARE) & (shares < 1 - MIN_SHARE)).all(0)  # (K,)
    if not varies.any():
        raise ValueError(
            f"none of {len(varies)} attributes varies: measure on more people."
        )
    fit_truth, truth = fit_attributes[:, varies].float(), attributes[:, varies].bool()
    fitted, held_out = standardize(fit_features, features)
    layer = fit_linear(fitted, fit_truth, fit_truth.shape[1], WEIGHT_PENALTY)
    predicted = layer(held_out) > _thresholds(layer(fitted), fit_truth)
    hits = (predicted == truth).double()

    def statistic(counts: Tensor) -> Tensor:
        recalls = [
            (counts @ (hits * value)) / (counts @ value)
            for value in (truth.double(), (~truth).double())
        ]
        return 100 * torch.stack(recalls).nanmean(0).nanmean(1)

    return statistic


def _thresholds(logits: Tensor, truth: Tensor) -> Tensor:
    """Thresholds (K,) at which as many are positive as in the truth."""
    num_negative = (len(truth) - truth.sum(0)).long().clamp(max=len(truth) - 1)
    return logits.sort(dim=0).values.gather(0, num_negative[None] - 1)[0]
