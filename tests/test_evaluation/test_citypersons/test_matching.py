import numpy as np
import pytest

from solider_mm.evaluation.citypersons.matching import (
    FALSE,
    IGNORED,
    TRUE,
    Detections,
    TrueBoxes,
    match_detections,
    sort_detections,
)


def true_boxes(*rows):
    """Build boxes from rows of image, x, y, w, h, ignored."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return TrueBoxes(table[:, 0].astype(int), table[:, 1:5], table[:, 5].astype(bool))


def detections(*rows):
    """Build detections from rows of image, x, y, w, h, score."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Detections(table[:, 0].astype(int), table[:, 1:5], table[:, 5])


def iou(a, b):
    sides = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    common = sides.clip(0).prod()
    return common / (a[2:].prod() + b[2:].prod() - common) if common > 0 else 0.0


def loop(truth, found, threshold):
    """Assign detections one by one to their best free box."""
    outcome, free = [], set(np.flatnonzero(~truth.ignored))
    for image, box in zip(found.image, found.boxes, strict=True):
        best, best_iou = None, threshold
        for index in sorted(free):
            if truth.image[index] == image:
                value = iou(box, truth.boxes[index])
                if value >= best_iou:
                    best, best_iou = index, value
        if best is not None:
            free.remove(best)
            outcome.append(TRUE)
            continue
        regions = truth.boxes[truth.ignored & (truth.image == image)]
        sides = np.minimum(box[:2] + box[2:], regions[:, :2] + regions[:, 2:])
        sides = (sides - np.maximum(box[:2], regions[:, :2])).clip(0)
        share = sides.prod(axis=1) / max(box[2:].prod(), 1e-12)
        outcome.append(IGNORED if (share >= threshold).any() else FALSE)
    return outcome


def test_detection_takes_next_best_free_box():
    truth = true_boxes((0, 0, 0, 10, 10, 0), (0, 1, 0, 10, 10, 0))
    found = detections(
        (0, 0, 0, 10, 10, 0.9),  # takes the first box
        (0, 0.2, 0, 10, 10, 0.8),  # prefers the first box, takes the second
        (0, 1, 0, 10, 10, 0.7),  # prefers the second box, which is taken
    )
    assert match_detections(truth, found).tolist() == [TRUE, TRUE, FALSE]


def test_prefers_regular_box_over_ignored_box():
    truth = true_boxes((0, 0, 0, 10, 10, 1), (0, 4, 0, 10, 10, 0))
    found = detections((0, 1.5, 0, 10, 10, 0.9))
    assert match_detections(truth, found).tolist() == [TRUE]


def test_ignores_detection_covered_by_ignored_box():
    truth = true_boxes((0, 0, 0, 100, 100, 1))
    found = detections(
        (0, 0, 0, 10, 10, 0.9), (0, 95, 0, 10, 10, 0.8), (0, 96, 0, 10, 10, 0.7)
    )
    assert match_detections(truth, found).tolist() == [IGNORED, IGNORED, FALSE]


def test_does_not_match_boxes_of_other_images():
    truth = true_boxes((1, 0, 0, 10, 10, 0), (1, 0, 0, 10, 10, 1))
    found = detections((0, 0, 0, 10, 10, 0.9), (2, 0, 0, 10, 10, 0.9))
    assert match_detections(truth, found).tolist() == [FALSE, FALSE]


@pytest.mark.parametrize("box", [(0, 0, 0, 10), (0, 0, 10, 0), (5, 5, -3, -3)])
def test_empty_boxes_match_nothing(box):
    truth = true_boxes((0, *box, 0), (0, *box, 1))
    found = detections((0, *box, 0.9))
    assert match_detections(truth, found).tolist() == [FALSE]


def test_accepts_no_boxes_and_no_detections():
    assert match_detections(true_boxes(), detections()).shape == (0,)
    found = detections((0, 0, 0, 1, 1, 0.5))
    assert match_detections(true_boxes(), found).tolist() == [FALSE]
    assert match_detections(true_boxes((0, 0, 0, 1, 1, 0)), detections()).size == 0


@pytest.mark.parametrize("seed", range(12))
def test_matches_greedy_loop(seed):
    """Many boxes on a coarse grid compete and have tied overlaps."""
    rng = np.random.default_rng(seed)
    num_boxes, num_found = 40, 60
    truth = TrueBoxes(
        rng.integers(0, 3, num_boxes),
        np.hstack([rng.integers(0, 8, (num_boxes, 2)), np.full((num_boxes, 2), 8.0)]),
        rng.random(num_boxes) < 0.3,
    )
    found = Detections(
        rng.integers(0, 4, num_found),
        np.hstack([rng.integers(0, 8, (num_found, 2)), np.full((num_found, 2), 8.0)]),
        rng.integers(0, 5, num_found) / 5,
    )
    found = sort_detections(found, 1000)
    assert match_detections(truth, found, 0.5).tolist() == loop(truth, found, 0.5)
    assert match_detections(truth, found, 0.2).tolist() == loop(truth, found, 0.2)


def test_sorting_is_stable_and_keeps_best_per_image():
    found = detections(
        (1, 1, 0, 1, 1, 0.5),
        (0, 2, 0, 1, 1, 0.1),
        (1, 3, 0, 1, 1, 0.9),
        (1, 4, 0, 1, 1, 0.5),
        (0, 5, 0, 1, 1, 0.2),
    )
    assert sort_detections(found, 1000).boxes[:, 0].tolist() == [5, 2, 3, 1, 4]
    assert sort_detections(found, 2).boxes[:, 0].tolist() == [5, 2, 3, 1]
    assert sort_detections(detections(), 2).scores.size == 0
