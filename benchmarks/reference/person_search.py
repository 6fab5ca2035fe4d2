"""Average precision of person search, frame by frame and detection by detection."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.records import Frame, Query

__all__ = ["loop_mean_ap", "overlap"]

Floats = NDArray[np.floating]


def loop_mean_ap(frames: Sequence[Frame], queries: Sequence[Query]) -> float:
    """Mean over the queries, as docs/reference.md §6.4 put it in words."""
    return float(np.mean([loop_over_one_query(frames, query) for query in queries]))


def loop_over_one_query(frames: Sequence[Frame], query: Query) -> float:
    """AP of a query."""
    ranked: list[tuple[float, bool]] = []
    targets = 0
    for frame in frames:
        if frame.name == query.frame:
            continue
        truth = frame.boxes[frame.person_ids == query.person_id]
        targets += len(truth)
        likeness = frame.embeddings @ query.embedding
        order = [i for i in np.argsort(-likeness) if frame.scores[i] >= 0.5]
        is_open = bool(len(truth))
        for i in order:
            right = False
            if is_open:
                width, height = truth[0][2:] - truth[0][:2]
                least = width * height / ((width + 10) * (height + 10))
                right = overlap(frame.detections[i], truth[0]) >= min(0.5, least)
            is_open = is_open and not right
            ranked.append((float(likeness[i]), right))
    ranked.sort(key=lambda pair: -pair[0])
    hits = [place for place, (_, right) in enumerate(ranked, 1) if right]
    return sum(n / place for n, place in enumerate(hits, 1)) / targets


def overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(shared / (areas - shared))
