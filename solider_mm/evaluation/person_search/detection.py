"""How well the people of a frame are found, by the rules of person search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.records import (
    UNLABELED,
    Floats,
    Frame,
    box_iou,
)

__all__ = ["detection_recall_and_ap", "mean_precision"]


def detection_recall_and_ap(
    frames: Sequence[Frame],
    *,
    score_threshold: float = 0.5,
    iou_threshold: float = 0.5,
    labeled_only: bool = False,
) -> tuple[float, float]:
    """Recall and recall-scaled average precision of the detections.

    A detection is right if the true box it overlaps most is at least `iou_threshold`
    away from it and overlaps no other detection more: the best overlap counts, not the
    best score.

    Args:
        frames: Ground truth and detections.
        score_threshold: Detections below take no part.
        iou_threshold: Least overlap.
        labeled_only: Only people with a name are to be found: frames without them are
            left out, and detections of anyone else are wrong.

    Returns:
        Recall and AP, fractions; both NaN where there is nobody to find.

    Source:
        The authors' `eval_detection`; docs/reference.md §6.4.
    """
    scores: list[Floats] = [np.zeros(0)]
    right: list[NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    count = 0
    for frame in frames:
        named = frame.person_ids != UNLABELED
        truth = frame.boxes[named] if labeled_only else frame.boxes
        if labeled_only and not len(truth):
            continue
        count += len(truth)
        kept = frame.scores >= score_threshold
        scores.append(frame.scores[kept])
        right.append(_right(frame.detections[kept], truth, iou_threshold))
    if not count:
        return float("nan"), float("nan")
    every, hits = np.concatenate(scores), np.concatenate(right)
    recall = float(hits.sum() / count)
    return recall, mean_precision(every, every[hits]) * recall


def _right(
    detections: Floats, truth: Floats, iou_threshold: float
) -> NDArray[np.bool_]:
    """Which detections (N,) are right."""
    if not len(detections) or not len(truth):
        return np.zeros(len(detections), dtype=np.bool_)
    iou = box_iou(truth[:, None], detections[None])  # (G, N)
    best_truth = iou.argmax(axis=0)  # (N,)
    own = np.arange(len(detections))
    is_best = iou.argmax(axis=1)[best_truth] == own
    return is_best & (iou[best_truth, own] >= iou_threshold)


def mean_precision(scores: Floats, hits: Floats) -> float:
    """Average precision: the mean, over the hits, of the precision at their score.

    Equal scores are one threshold, as in scikit-learn.

    Args:
        scores: Of everything that was ranked (N,), hits included.
        hits: Of the right ones (P,).

    Returns:
        A fraction; 0 without hits.
    """
    if not len(hits):
        return 0.0
    ranked = len(scores) - np.searchsorted(np.sort(scores), hits)
    found = len(hits) - np.searchsorted(np.sort(hits), hits)
    return float(np.mean(found / ranked))
