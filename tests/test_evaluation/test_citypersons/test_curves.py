import math

import numpy as np
import pytest

from solider_mm.evaluation.citypersons.curves import (
    FPPI_SAMPLES,
    average_precision,
    log_average_miss_rate,
)


def rate(outcome, scores, num_boxes, num_images):
    outcome, scores = np.array(outcome, dtype=np.int8), np.array(scores, dtype=float)
    return log_average_miss_rate(outcome, scores, num_boxes, num_images)


def precision(outcome, scores, num_boxes):
    outcome, scores = np.array(outcome, dtype=np.int8), np.array(scores, dtype=float)
    return average_precision(outcome, scores, num_boxes)


def test_fppi_samples_are_log_spaced():
    expected = np.logspace(-2, 0, 9)
    assert np.allclose(FPPI_SAMPLES, expected, atol=5e-5)


def test_miss_rate_of_hand_computed_example():
    # 10 images: the false positive is at 0.1 per image, the fifth sample.
    # Recall is 1/4 at samples 1 to 4 and 2/4 at samples 5 to 9.
    got = rate([1, 0, 1], [0.9, 0.8, 0.7], num_boxes=4, num_images=10)
    assert got == pytest.approx(math.exp((4 * math.log(0.75) + 5 * math.log(0.5)) / 9))


def test_ignored_detections_have_no_effect():
    with_ignored = rate([1, -1, 0, -1, 1], [0.9, 0.85, 0.8, 0.75, 0.7], 4, 10)
    assert with_ignored == rate([1, 0, 1], [0.9, 0.8, 0.7], 4, 10)


def test_late_curve_uses_its_last_recall():
    assert rate([0, 1, 1], [0.9, 0.8, 0.7], 4, 10) == pytest.approx(
        math.exp((4 * math.log(0.5) + 5 * math.log(0.5)) / 9)
    )


def test_miss_rate_bounds():
    assert rate([1, 1], [0.9, 0.8], 2, 5) == 0.0
    assert rate([], [], 2, 5) == 1.0
    assert rate([-1], [0.5], 2, 5) == 1.0
    assert rate([0, 0], [0.9, 0.8], 2, 5) == 1.0
    assert rate([0], [0.9], 0, 5) == -1.0


def test_average_precision_of_hand_computed_example():
    # Precision is 1 up to recall 1/3 (recalls 0 to 0.33) and 2/3 up to 2/3.
    got = precision([1, 0, 1], [0.9, 0.8, 0.7], num_boxes=3)
    assert got == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)


def test_average_precision_bounds():
    assert precision([1, 1], [0.9, 0.8], 2) == 1.0
    assert precision([], [], 2) == 0.0
    assert precision([0], [0.9], 2) == 0.0
    assert precision([0], [0.9], 0) == -1.0
