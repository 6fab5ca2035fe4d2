"""Greedy matching of detections with true boxes, all images at once.

Taking the detections of an image by falling score, each its best true box among those
left, is a matching in which all boxes rank the detections alike. Such a matching is
the only stable one, and deferred acceptance finds it in a few rounds for all images
together: every detection asks for its next best box, every box keeps the best asker.
"""

from typing import NamedTuple

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


class TrueBoxes(NamedTuple):
    """Annotated boxes of many images, in any order.

    Attributes:
        image: `(N,)` index of each box's image.
        boxes: `(N, 4)` x, y, w, h in pixels.
        ignored: `(N,)` bool; an ignored box absorbs detections and asks for none.
    """

    image: Integers
    boxes: Floats
    ignored: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "TrueBoxes":
        """Keep some of the boxes."""
        return TrueBoxes(self.image[chosen], self.boxes[chosen], self.ignored[chosen])


class Detections(NamedTuple):
    """Scored boxes of many images.

    Attributes:
        image: `(D,)` index of each box's image.
        boxes: `(D, 4)` x, y, w, h in pixels.
        scores: `(D,)`.
    """

    image: Integers
    boxes: Floats
    scores: Floats


class _Pairs(NamedTuple):
    """Overlapping pairs; each `(P,)`."""

    detection: Integers
    box: Integers
    overlap: Floats


def sort_detections(found: Detections, max_per_image: int) -> Detections:
    """Order by image, then falling score, and keep the best of every image.

    Args:
        found: In any order; equal scores of an image keep theirs.
        max_per_image: Detections kept of one image.

    Returns:
        The kept ones, in the order that `match_detections` expects.
    """
    order = np.lexsort((-found.scores, found.image))
    image = found.image[order]
    place = np.arange(len(image)) - np.searchsorted(image, image)
    order = order[place < max_per_image]
    return Detections(found.image[order], found.boxes[order], found.scores[order])


def match_detections(
    truth: TrueBoxes, found: Detections, iou_threshold: float = 0.5
) -> NDArray[np.int8]:
    """Tell which detections are right, wrong or not to be judged.

    In each image the detections take, by falling score, the free box of largest IoU
    (of equal ones the last) if it reaches the threshold. One that gets none, and of
    whose own area an ignored box covers at least the threshold, is not judged.

    Args:
        truth: True boxes of the images.
        found: Ordered as `sort_detections` does.
        iou_threshold: Least overlap, inclusive.

    Returns:
        `(D,)` of `TRUE` (1), `FALSE` (0), `IGNORED` (-1).

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
    """Give boxes to detections by deferred acceptance; return those that got one."""
    order = np.lexsort((-pairs.box, -pairs.overlap, pairs.detection))
    box = pairs.box[order]
    everyone = np.arange(num_detections)
    wish = np.searchsorted(pairs.detection[order], everyone)
    last = np.searchsorted(pairs.detection[order], everyone, side="right")
    holder = np.full(num_boxes, num_detections)  # of each box, nobody at first
    asking = active = everyone[wish < last]
    while len(asking):
        # A smaller number is a higher score: only one image asks for a box.
        np.minimum.at(holder, box[wish[asking]], asking)
        refused = active[holder[box[wish[active]]] != active]
        wish[refused] += 1
        active = active[wish[active] < last[active]]
        asking = refused[wish[refused] < last[refused]]
    return active


def _overlapping(
    truth: TrueBoxes, found: Detections, threshold: float, measure: str
) -> _Pairs:
    """Find the pairs of one image whose overlap reaches the threshold."""
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
        nothing = np.empty(0, dtype=np.int64)
        return _Pairs(nothing, nothing, np.empty(0))
    return _Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _overlap(found: Floats, truth: Floats, measure: str) -> Floats:
    """IoU of pairs, or the share of the detection that is covered; 0 without area."""
    ends = np.minimum(found[:, :2] + found[:, 2:], truth[:, :2] + truth[:, 2:])
    sides = (ends - np.maximum(found[:, :2], truth[:, :2])).clip(min=0)  # (P, 2)
    common = sides[:, 0] * sides[:, 1]
    area = found[:, 2] * found[:, 3]
    if measure == "iou":
        area = area + truth[:, 2] * truth[:, 3] - common
    return np.divide(common, area, out=np.zeros_like(common), where=common > 0)
