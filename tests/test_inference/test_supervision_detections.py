"""Results as `supervision.Detections`, as docs/inference.md shows it."""

import re
from pathlib import Path

import numpy as np
import pytest

supervision = pytest.importorskip("supervision")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inference.md"


def test_two_lines_convert_a_result():
    result = {
        "boxes": np.array([[0, 1, 20, 50], [30, 5, 60, 58]], np.float32),
        "scores": np.array([0.9, 0.4], np.float32),
        "labels": np.array([0, 0]),
    }
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"```text\n(import supervision\n.*\n)```", text)
    names = {"result": result}
    exec(block, names)
    detections = names["detections"]
    assert len(detections[detections.confidence > 0.5]) == 1
    np.testing.assert_allclose(detections.area, [20 * 49, 30 * 53])


def test_keypoints():
    keypoints = np.zeros((2, 17, 2), np.float32)
    scores = np.ones((2, 17), np.float32)
    assert len(supervision.KeyPoints(xy=keypoints, keypoint_confidence=scores)) == 2
