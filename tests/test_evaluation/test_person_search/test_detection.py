import numpy as np
import pytest

from solider_mm.evaluation.person_search.detection import (
    detection_recall_and_ap,
    mean_precision,
)
from solider_mm.evaluation.person_search.records import Frame


@pytest.mark.parametrize("name", ["prw", "cuhk"])
@pytest.mark.parametrize("threshold", [0.01, 0.5])
@pytest.mark.parametrize("people", ["all", "labeled"])
def test_matches_official_detection_scores(official, name, threshold, people):
    expected = official.tables[name]["expected"]["detection"]
    expected = expected[f"det_thresh_{threshold}_{people}"]
    recall, precision = detection_recall_and_ap(
        official.frames(name),
        score_threshold=threshold,
        labeled_only=people == "labeled",
    )
    assert recall == pytest.approx(expected["recall"], abs=1e-9)
    assert precision == pytest.approx(expected["ap"], abs=1e-9)


def test_average_precision_of_hand_computed_example():
    """Match, miss, match: (1 + 2/3) / 2; equal scores are one threshold."""
    assert mean_precision(np.array([0.9, 0.8, 0.7]), np.array([0.9, 0.7])) == (
        pytest.approx(5 / 6)
    )
    assert mean_precision(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    assert mean_precision(np.array([0.5]), np.array([])) == 0


def test_scores_are_nan_without_ground_truth():
    found = np.zeros((1, 4)), np.ones(1), np.ones((1, 2))
    frame = Frame("a", np.zeros((0, 4)), np.zeros(0, int), *found)
    assert np.isnan(detection_recall_and_ap([frame])).all()
