import numpy as np
import pytest

from solider_mm.evaluation.person_search.records import Frame, Gallery, box_iou


def test_box_iou_of_empty_and_overlapping_boxes():
    empty = np.array([3.0, 3, 3, 9])
    assert box_iou(empty, empty) == 0
    assert box_iou(np.array([0.0, 0, 2, 2]), np.array([1.0, 0, 3, 2])) == (
        pytest.approx(1 / 3)
    )


def test_gallery_refuses_repeated_frames():
    found = np.zeros((1, 4)), np.ones(1), np.ones((1, 2))
    frame = Frame("a", np.zeros((0, 4)), np.zeros(0, int), *found)
    with pytest.raises(ValueError, match="2 frames have 1 different names"):
        Gallery([frame, frame])
