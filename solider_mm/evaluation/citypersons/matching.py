"""Greedy matching of detections with ground-truth boxes, for all images at once.

Greedy matching assigns detections in descending score to the best remaining box. This
is the unique stable matching if every box ranks detections by score. Deferred
acceptance finds it in a few rounds for all images together: each detection proposes to
its next best box, and each box keeps the best proposal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FALSE",
    "IGNORED",
    "TRUE",
    "Detections",
    "TrueBoxes",
    "match_detections",
    "sort_detections",
]

TRUE, FALSE, IGNORED = 1, 0, -1
_DETECTIONS_AT_ONCE = 4096  # bounds the memory of the pairs

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TrueBoxes:
    """Ground-truth boxes of many images, in any order.

    Attributes:
        image: Image index of each box, (N,).
        boxes: Boxes (N, 4) as x, y, w, h in pixels.
        ignored: Mask of ignored boxes, (N,) bool. They need not be detected, and
            detections on them do not count.
    """

    image: Integers
    boxes: Floats
    ignored: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "TrueBoxes":
        """Select some of the boxes."""
        return TrueBoxes(self.image[chosen], self.boxes[chosen], self.ignored[chosen])


@dataclass(frozen=True, eq=False)
class Detections:
    """Scored boxes of many images.

    Attributes:
        image: Image index of each box, (D,).
        boxes: Boxes (D, 4) as x, y, w, h in pixels.
        scores: Scores (D,).
    """

    image: Integers
    boxes: Floats
    scores: Floats


@dataclass(frozen=True, eq=False)
class _Pairs:
    """P overlapping pairs of a detection and a box; all arrays are (P,)."""

    detection: Integers
    box: Integers
    overlap: Floats


def sort_detections(found: Detections, max_per_image: int) -> Detections:
    """Sort by image, then descending score, and keep the best of each image.

    Args:
        found: Detections in any order; equal scores of an image keep their order.
        max_per_image: Number of detections kept per image.

    Returns:
        The kept detections in the order that `match_detections` expects.
    """
    order = np.lexsort((-found.scores, found.image))
    image = found.image[order]
    rank = np.arange(len(image)) - np.searchsorted(image, image)
    order = order[rank < max_per_image]
    return Detections(found.image[order], found.boxes[order], found.scores[order])


def match_detections(
    truth: TrueBoxes, found: Detections, iou_threshold: float = 0.5
) -> NDArray[np.int8]:
    """Classify detections as true positives, false positives or ignored.

    In each image, detections in descending score take the free box of largest IoU (the
    last one of equal boxes) if it reaches the threshold. An unmatched detection is
    ignored if an ignored box covers at least that share of its area.

    Args:
        truth: Ground-truth boxes of the images.
        found: Detections in the order of `sort_detections`.
        iou_threshold: Minimum overlap, inclusive.

    Returns:
        Outcomes (D,): `TRUE` (1), `FALSE` (0) or `IGNORED` (-1).

    Source:
        docs/reference.md §7.5.
    """
    regular = _overlapping(truth.where(~truth.ignored), found, iou_threshold, "iou")
    ignored = _overlapping(truth.where(truth.ignored), found, iou_threshold, "share")
    outcome = np.full(len(found.scores), FALSE, dtype=np.int8)
    outcome[ignored.detection] = IGNORED
    outcome[_assign(regular, len(found.scores), len(truth.image))] = TRUE
    return outcome


def _assign(pairs: _Pairs, num_detections: int, num_boxes: int) -> Integers:
    """Assign boxes by deferred acceptance; return the matched detections."""
    order = np.lexsort((-pairs.box, -pairs.overlap, pairs.detection))
    box = pairs.box[order]
    detections = np.arange(num_detections)
    choice = np.searchsorted(pairs.detection[order], detections)
    last = np.searchsorted(pairs.detection[order], detections, side="right")
    holder = np.full(num_boxes, num_detections)  # index beyond the last: unassigned
    proposing = active = detections[choice < last]
    while len(proposing):
        # A box gets proposals from one image only, where a smaller index means a
        # higher score.
        np.minimum.at(holder, box[choice[proposing]], proposing)
        refused = active[holder[box[choice[active]]] != active]
        choice[refused] += 1
        active = active[choice[active] < last[active]]
        proposing = refused[choice[refused] < last[refused]]
    return active


def _overlapping(
    truth: TrueBoxes, found: Detections, threshold: float, measure: str
) -> _Pairs:
    """Find pairs within an image whose overlap reaches the threshold."""
    order = np.argsort(truth.image, kind="stable")
    image, boxes = truth.image[order], truth.boxes[order]
    first = np.searchsorted(image, found.image)
    counts = np.searchsorted(image, found.image, side="right") - first
    parts = []
    for start in range(0, len(counts), _DETECTIONS_AT_ONCE):
        block = np.arange(start, min(start + _DETECTIONS_AT_ONCE, len(counts)))
        count = counts[block]
        detection = np.repeat(block, count)
        within = np.arange(len(detection)) - np.repeat(count.cumsum() - count, count)
        box = np.repeat(first[block], count) + within
        overlap = _overlap(found.boxes[detection], boxes[box], measure)
        near = overlap >= threshold
        parts.append(_Pairs(detection[near], box[near], overlap[near]))
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return _Pairs(empty, empty, np.empty(0))
    return _Pairs(
        np.concatenate([part.detection for part in parts]),
        np.concatenate([part.box for part in parts]),
        np.concatenate([part.overlap for part in parts]),
    )


def _overlap(found: Floats, truth: Floats, measure: str) -> Floats:
    """Compute the IoU of pairs, or the covered share of the detection."""
    ends = np.minimum(found[:, :2] + found[:, 2:], truth[:, :2] + truth[:, 2:])
    sides = (ends - np.maximum(found[:, :2], truth[:, :2])).clip(min=0)  # (P, 2)
    common = sides[:, 0] * sides[:, 1]
    area = found[:, 2] * found[:, 3]
    if measure == "iou":
        area = area + truth[:, 2] * truth[:, 3] - common
    return np.divide(common, area, out=np.zeros_like(common), where=common > 0)
