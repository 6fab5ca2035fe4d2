"""What collapse looks like in the figures of a training log."""

import math
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["WATCHED", "Thresholds", "find_symptoms"]

WATCHED = ("dino_cross_entropy", "teacher_entropy", "feature_std", "kept_fraction")


class Thresholds(NamedTuple):
    """When a figure counts as a symptom.

    Attributes:
        loss: distance of the DINO cross-entropy from ln K, as a share of ln K.
        entropy: distance of the teacher's entropy from ln K or 0, as a share of ln K.
        feature_std: standard deviation of the unit-length pooled feature over images.
            Features of cosine similarity s and C channels give √((1 − s) / C).
    """

    loss: float = 0.002
    entropy: float = 0.002
    feature_std: float = 1e-4


def find_symptoms(
    figures: Mapping[str, float], num_prototypes: int, thresholds: Thresholds
) -> dict[str, str]:
    """Name what looks collapsed in one reading of the training figures.

    Args:
        figures: some of ``dino_cross_entropy`` (nats), ``teacher_entropy`` (nats),
            ``feature_std`` and ``kept_fraction``; a missing or NaN one is no symptom.
        num_prototypes: K.
        thresholds: see `Thresholds`.

    Returns:
        One sentence per symptom: the value, what it means and what to try.
    """
    nan = float("nan")
    uniform = math.log(num_prototypes)
    loss, entropy, std, kept = (figures.get(key, nan) for key in WATCHED)
    level = f"ln K = {uniform:.4f} (K = {num_prototypes})"
    found = {}
    if uniform - entropy <= thresholds.entropy * uniform:
        found["uniform collapse"] = (
            f"teacher_entropy is {entropy:.4f} and {level}: the teacher prefers no "
            "prototype, so its targets teach nothing. Try a lower teacher_temperature "
            "or a smaller learning rate."
        )
    if entropy <= thresholds.entropy * uniform:
        found["collapse to one prototype"] = (
            f"teacher_entropy is {entropy:.4f}, near 0: every image gets the same "
            "certain target. Try a higher teacher_temperature, a longer warm-up, and "
            "check that the center moves (center_momentum below 1)."
        )
    if std <= thresholds.feature_std:
        found["constant features"] = (
            f"feature_std is {std:.2e}: all images have the same feature. Try a "
            "smaller learning rate or a longer warm-up, and check that the images "
            "differ."
        )
    if abs(loss - uniform) <= thresholds.loss * uniform:
        found["no learning"] = (
            f"dino_cross_entropy is {loss:.4f} and {level}: the student guesses. "
            "Try another learning rate or a lower teacher_temperature, or give it "
            "time if warm-up is not over."
        )
    if kept <= 0:
        found["no semantic labels"] = (
            "kept_fraction is 0: no image passes the foreground rule, so the semantic "
            "loss is empty. Start from DINO weights or lower min_foreground."
        )
    return found
