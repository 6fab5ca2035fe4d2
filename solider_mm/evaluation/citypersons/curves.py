"""Log-average miss rate and average precision from matched detections."""

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.citypersons.matching import FALSE, IGNORED, TRUE, Floats

__all__ = ["FPPI_SAMPLES", "average_precision", "log_average_miss_rate"]

FPPI_SAMPLES = (0.01, 0.0178, 0.0316, 0.0562, 0.1, 0.1778, 0.3162, 0.5623, 1.0)
_RECALL_SAMPLES = np.linspace(0, 1, 101)


def _running_counts(outcome: NDArray[np.int8], scores: Floats) -> tuple[Floats, Floats]:
    """Count true and false positives by descending score, without ignored ones."""
    counted = outcome != IGNORED
    order = np.argsort(-scores[counted], kind="stable")
    ranked = outcome[counted][order]
    return np.cumsum(ranked == TRUE) * 1.0, np.cumsum(ranked == FALSE) * 1.0


def log_average_miss_rate(
    outcome: NDArray[np.int8], scores: Floats, num_boxes: int, num_images: int
) -> float:
    """Average the miss rate geometrically over nine false-positive rates.

    If the curve starts beyond a sampled rate, the last recall is used, as in the
    official evaluator. This happens if the highest-scoring detection is a false
    positive and there are fewer than 100 images.

    Args:
        outcome: Outcomes (D,) of `match_detections`, ordered by image.
        scores: Scores (D,); equal scores keep their order.
        num_boxes: Number of ground-truth boxes that are not ignored.
        num_images: Number of images, including those without boxes or detections.

    Returns:
        A fraction in [0, 1]: 0 if recall 1 is reached at any sample, 1 without counted
        detections; -1 without ground-truth boxes.

    Source:
        docs/reference.md §7.5.
    """
    if num_boxes == 0:
        return -1.0
    true, false = _running_counts(outcome, scores)
    if len(true) == 0:
        return 1.0
    last_within = np.searchsorted(false / num_images, FPPI_SAMPLES, side="right") - 1
    missed = 1 - true[last_within] / num_boxes  # (9,)
    with np.errstate(divide="ignore"):  # ln 0 = -inf: the mean rate is 0
        return float(np.exp(np.log(missed).mean()))


def average_precision(
    outcome: NDArray[np.int8], scores: Floats, num_boxes: int
) -> float:
    """Average the precision over 101 recalls, as COCO does at one IoU threshold.

    Args:
        outcome: Outcomes (D,) of `match_detections`, ordered by image.
        scores: Scores (D,); equal scores keep their order.
        num_boxes: Number of ground-truth boxes that are not ignored.

    Returns:
        A fraction in [0, 1]; -1 without ground-truth boxes.
    """
    if num_boxes == 0:
        return -1.0
    true, false = _running_counts(outcome, scores)
    if len(true) == 0:
        return 0.0
    precision = true / (true + false)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    index = np.searchsorted(true / num_boxes, _RECALL_SAMPLES)
    return float(np.append(envelope, 0.0)[index].mean())
