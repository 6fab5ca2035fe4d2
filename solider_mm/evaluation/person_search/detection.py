"""Detection recall and average precision, by the person-search protocol."""

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
    """Compute recall and recall-scaled average precision of the detections.

    A detection is a true positive if its IoU with the ground-truth box it overlaps most
    reaches `iou_threshold` and no other detection overlaps that box more. The largest
    overlap decides, not the largest score.

    Args:
        frames: Frames with ground truth and detections.
        score_threshold: Minimum score of a detection.
        iou_threshold: Minimum IoU, inclusive.
        labeled_only: Whether only people with an identity label count. Frames without
            one are then skipped, and detections of anyone else are false positives.

    Returns:
        Recall and AP as fractions; both NaN without ground truth.

    Source:
        The official `eval_detection`; docs/reference.md §6.4.
    """
    scores: list[Floats] = [np.zeros(0)]
    is_true: list[NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    count = 0
    for frame in frames:
        labeled = frame.person_ids != UNLABELED
        truth = frame.boxes[labeled] if labeled_only else frame.boxes
        if labeled_only and not len(truth):
            continue
        count += len(truth)
        kept = frame.scores >= score_threshold
        scores.append(frame.scores[kept])
        is_true.append(_is_true_positive(frame.detections[kept], truth, iou_threshold))
    if not count:
        return float("nan"), float("nan")
    every, hits = np.concatenate(scores), np.concatenate(is_true)
    recall = float(hits.sum() / count)
    return recall, mean_precision(every, every[hits]) * recall


def _is_true_positive(
    detections: Floats, truth: Floats, iou_threshold: float
) -> NDArray[np.bool_]:
    """Return a mask of the true positives (N,)."""
    if not len(detections) or not len(truth):
        return np.zeros(len(detections), dtype=np.bool_)
    iou = box_iou(truth[:, None], detections[None])  # (G, N)
    best_truth = iou.argmax(axis=0)  # (N,)
    own = np.arange(len(detections))
    is_best = iou.argmax(axis=1)[best_truth] == own
    return is_best & (iou[best_truth, own] >= iou_threshold)


def mean_precision(scores: Floats, hits: Floats) -> float:
    """Compute average precision: the mean of the precision at the score of each hit.

    Equal scores count as one threshold, as in scikit-learn.

    Args:
        scores: Scores of all ranked items (N,), hits included.
        hits: Scores of the true positives (P,).

    Returns:
        A fraction; 0 without hits.
    """
    if not len(hits):
        return 0.0
    ranked = len(scores) - np.searchsorted(np.sort(scores), hits)
    found = len(hits) - np.searchsorted(np.sort(hits), hits)
    return float(np.mean(found / ranked))
