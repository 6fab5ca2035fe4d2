"""Linear probes of tokens: parts, and parts from few labeled images."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.evaluation.semantic_weight.bootstrap import Statistic

__all__ = ["few_label_part_probe", "fit_linear", "part_probe", "standardize"]

# Strength of the weights' Gaussian prior, over the number of labeled images. Chosen on
# people of the fitting half, for 8 to 360 images, with weights on which λ has no effect
# (docs/choose_lambda.md). One strength for all numbers would favor either end.
PRIOR = 0.5
MAX_ITERATIONS = 50
NUM_DRAWS = 10


def fit_linear(
    features: Tensor, targets: Tensor, num_outputs: int, penalty: float
) -> nn.Linear:
    """Fit a linear classifier by L-BFGS.

    Args:
        features: Standardized features (M, C).
        targets: Classes (M,) int64, or independent binary targets (M, K) float.
        num_outputs: Outputs of the classifier.
        penalty: Factor of half the squared weights, beside the mean cross-entropy.

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
        loss = loss + penalty / 2 * layer.weight.square().sum()
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
    penalty = PRIOR / len(fit_tokens)
    layer = fit_linear(fitted, fit_parts.flatten(), num_classes, penalty)
    predicted = F.one_hot(layer(held_out).argmax(-1), num_classes).bool()
    truth = F.one_hot(parts, num_classes).bool()  # (B, L, K)
    intersection = (predicted & truth).sum(1).double()  # (B, K)
    union = (predicted | truth).sum(1).double()

    def statistic(counts: Tensor) -> Tensor:
        iou = (counts @ intersection) / (counts @ union)  # (R, K), NaN if absent
        return 100 * iou.nanmean(1)

    return statistic


def few_label_part_probe(
    fit_tokens: Tensor,
    fit_parts: Tensor,
    tokens: Tensor,
    parts: Tensor,
    num_images: int,
) -> Statistic:
    """Mean IoU of classifiers that have seen few labeled images.

    Args:
        fit_tokens: Tokens to choose from, (B', L, C).
        fit_parts: Their parts (B', L), 0 background.
        tokens: Tokens of other images, (B, L, C).
        parts: Their parts (B, L).
        num_images: Labeled images of one classifier.

    Returns:
        The statistic of `part_probe`, averaged over up to ten classifiers, which are
        fitted on different images.

    Raises:
        ValueError: If there are fewer images than that.
    """
    if not 1 <= num_images <= len(fit_tokens):
        raise ValueError(
            f"{num_images} labeled images: expected 1 to {len(fit_tokens)}, the images "
            "that classifiers are fitted on; measure on more people."
        )
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(fit_tokens), generator=generator)
    draws = order[: len(order) // num_images * num_images].split(num_images)
    statistics = [
        part_probe(fit_tokens[draw], fit_parts[draw], tokens, parts)
        for draw in draws[:NUM_DRAWS]
    ]
    return lambda counts: torch.stack([s(counts) for s in statistics]).mean(0)


def standardize(fit: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Give both the mean 0 and deviation 1 of the first, channel by channel."""
    mean, deviation = fit.mean(0), fit.std(0).clamp(min=1e-6)
    return (fit - mean) / deviation, (other - mean) / deviation
