"""Linear probes on frozen features: parts of tokens, attributes of people."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.evaluation.semantic_weight.bootstrap import Statistic

__all__ = ["attribute_probe", "few_label_part_probe", "fit_linear", "part_probe"]

WEIGHT_PENALTY = 1e-2
MAX_ITERATIONS = 50
FEW_IMAGES = 8
NUM_DRAWS = 10
MIN_SHARE = 0.02  # rarer attributes give no stable recall


def fit_linear(features: Tensor, targets: Tensor, num_outputs: int) -> nn.Linear:
    """Fit a linear classifier by L-BFGS.

    Args:
        features: Standardized features (M, C).
        targets: Classes (M,) int64, or independent binary targets (M, K) float.
        num_outputs: Outputs of the classifier.

    Returns:
        The fitted layer.
    """
    layer = nn.Linear(features.shape[1], num_outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(
        layer.parameters(),
        max_iter=MAX_ITERATIONS,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def closure() -> float:
        optimizer.zero_grad()
        logits = layer(features)
        if targets.ndim == 1:
            loss = F.cross_entropy(logits, targets)
        else:
            entropy = F.binary_cross_entropy_with_logits(logits, targets)
            loss = entropy * targets.shape[1]
        loss = loss + WEIGHT_PENALTY / 2 * layer.weight.square().sum()
        loss.backward()
        return float(loss.detach())

    with torch.enable_grad():
        optimizer.step(closure)
    return layer.requires_grad_(False)


def part_probe(
    fit_tokens: Tensor, fit_parts: Tensor, tokens: Tensor, parts: Tensor
) -> Statistic:
    """Mean IoU of a linear classifier of tokens.

    Args:
        fit_tokens: Tokens the classifier is fitted on, (B', L, C).
        fit_parts: Their parts (B', L), 0 background.
        tokens: Tokens of other images, (B, L, C).
        parts: Their parts (B, L).

    Returns:
        The statistic mIoU in percent, background included, of counts (R, B).
    """
    num_classes = int(max(fit_parts.max(), parts.max())) + 1
    fitted, held_out = standardize(fit_tokens.flatten(0, 1), tokens)
    layer = fit_linear(fitted, fit_parts.flatten(), num_classes)
    predicted = F.one_hot(layer(held_out).argmax(-1), num_classes).bool()
    truth = F.one_hot(parts, num_classes).bool()  # (B, L, K)
    intersection = (predicted & truth).sum(1).double()  # (B, K)
    union = (predicted | truth).sum(1).double()

    def statistic(counts: Tensor) -> Tensor:
        iou = (counts @ intersection) / (counts @ union)  # (R, K), NaN if absent
        return 100 * iou.nanmean(1)

    return statistic


def few_label_part_probe(
    fit_tokens: Tensor, fit_parts: Tensor, tokens: Tensor, parts: Tensor
) -> Statistic:
    """Mean IoU of classifiers that have seen few labeled images.

    Args:
        fit_tokens: Tokens to choose from, (B', L, C).
        fit_parts: Their parts (B', L), 0 background.
        tokens: Tokens of other images, (B, L, C).
        parts: Their parts (B, L).

    Returns:
        The statistic of `part_probe`, averaged over classifiers that are fitted on
        different images, `FEW_IMAGES` each.
    """
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(fit_tokens), generator=generator)
    draws = order.split(FEW_IMAGES)[:NUM_DRAWS]
    statistics = [
        part_probe(fit_tokens[draw], fit_parts[draw], tokens, parts) for draw in draws
    ]
    return lambda counts: torch.stack([s(counts) for s in statistics]).mean(0)


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
    layer = fit_linear(fitted, fit_truth, fit_truth.shape[1])
    predicted = layer(held_out) > _thresholds(layer(fitted), fit_truth)
    hits = (predicted == truth).double()

    def statistic(counts: Tensor) -> Tensor:
        recalls = [
            (counts @ (hits * value)) / (counts @ value)
            for value in (truth.double(), (~truth).double())
        ]
        return 100 * torch.stack(recalls).nanmean(0).nanmean(1)

    return statistic


def standardize(fit: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Give both the mean 0 and deviation 1 of the first, channel by channel."""
    mean, deviation = fit.mean(0), fit.std(0).clamp(min=1e-6)
    return (fit - mean) / deviation, (other - mean) / deviation


def _thresholds(logits: Tensor, truth: Tensor) -> Tensor:
    """Thresholds (K,) at which as many are positive as in the truth."""
    num_negative = (len(truth) - truth.sum(0)).long().clamp(max=len(truth) - 1)
    return logits.sort(dim=0).values.gather(0, num_negative[None] - 1)[0]
