"""Scores of binary attributes: mean accuracy per label and instance-based metrics."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["attribute_scores"]

_EPSILON = 1e-20  # as in the official code: a ratio with denominator 0 is 0


def attribute_scores(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5
) -> dict[str, Any]:
    """Score binary attributes per label and per image.

    A ratio whose denominator is 0 counts as 0 and stays in the mean: a label without
    positives contributes half its negative recall to mA, an image without positives
    contributes 0 to recall. A label −1 is neither positive nor negative; predicted
    positive, it still counts in the instance precision and union.

    Args:
        labels: Labels (N, A): 1 positive, 0 negative, −1 unknown.
        probabilities: Probabilities (N, A) in [0, 1]; positive strictly above
            `threshold`.
        threshold: Decision threshold.

    Returns:
        Fractions `mA` = mean over labels of (positive recall + negative recall) / 2,
        and the means over images `accuracy` = `|truth ∩ found| / |truth ∪ found|`,
        `precision`, `recall`, with `f1` computed from these two means. Per label, each
        (A,): `label_mA`, `label_positive_recall`, `label_negative_recall`,
        `label_precision`, `label_accuracy`, `label_f1`, and the counts
        `label_positives`, `label_negatives`, `label_false_negatives`,
        `label_false_positives`, `label_errors`.

    Raises:
        ValueError: If shapes differ, the input is empty, or a value is out of range.

    Source:
        docs/reference.md §5.4; tests/data/golden/attribute_metrics.npz.
    """
    truth, scores = _checked(labels, probabilities)
    found = scores > threshold  # (N, A)
    positive, negative = truth == 1, truth == 0
    per_label = _label_scores(positive, negative, found)
    hits = (positive & found).sum(axis=1)  # (N,)
    accuracy = _ratio(hits, (positive | found).sum(axis=1)).mean()
    precision = _ratio(hits, found.sum(axis=1)).mean()
    recall = _ratio(hits, positive.sum(axis=1)).mean()
    return {
        "mA": float(per_label["label_mA"].mean()),
        "accuracy": float(accuracy),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(2 * precision * recall / (precision + recall + _EPSILON)),
        **per_label,
    }


def _label_scores(
    positive: NDArray[np.bool_], negative: NDArray[np.bool_], found: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """Compute counts and ratios per label, each (A,)."""
    true_positive = (positive & found).sum(axis=0)
    false_positive = (negative & found).sum(axis=0)
    positives, negatives = positive.sum(axis=0), negative.sum(axis=0)
    positive_recall = _ratio(true_positive, positives)
    negative_recall = _ratio(negatives - false_positive, negatives)
    precision = _ratio(true_positive, true_positive + false_positive)
    return {
        "label_mA": (positive_recall + negative_recall) / 2,
        "label_positive_recall": positive_recall,
        "label_negative_recall": negative_recall,
        "label_precision": precision,
        "label_accuracy": _ratio(true_positive, positives + false_positive),
        "label_f1": _ratio(
            2 * precision * positive_recall, precision + positive_recall
        ),
        "label_positives": positives,
        "label_negatives": negatives,
        "label_false_negatives": positives - true_positive,
        "label_false_positives": false_positive,
        "label_errors": positives - true_positive + false_positive,
    }


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    return part / (whole + _EPSILON)


def _checked(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both as (N, A) arrays after validation."""
    truth, scores = np.asarray(labels), np.asarray(probabilities)
    if truth.ndim != 2 or truth.shape != scores.shape or truth.size == 0:
        raise ValueError(
            f"labels have shape {truth.shape} and probabilities {scores.shape}: "
            "expected the same (images, attributes) of both, at least one of each"
        )
    invalid = truth[~np.isin(truth, (-1, 0, 1))]
    if invalid.size:
        raise ValueError(
            f"labels contain {invalid[0]}: expected 1 positive, 0 negative or -1 "
            "unknown; map other values first"
        )
    if not ((scores >= 0) & (scores <= 1)).all():  # NaN fails both
        raise ValueError(
            f"probabilities range from {scores.min()} to {scores.max()}: expected "
            "numbers in [0, 1]; apply the sigmoid to logits"
        )
    return truth, scores
