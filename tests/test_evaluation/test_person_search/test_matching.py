import numpy as np
import pytest

from solider_mm.evaluation.person_search.matching import (
    GraphMatching,
    best_matching,
    context_of,
)
from solider_mm.evaluation.person_search.records import Frame, Gallery, Query

BOX, FAR = [10, 10, 50, 110], [200, 10, 240, 110]


def test_matches_official_assignment(official):
    for case in official.tables["kuhn_munkres"]:
        column, value = best_matching(np.array(case["weights"]))
        matched = [j for i, j in case["matching"] if i == 0]
        assert column == (matched[0] if matched else None)
        assert value == pytest.approx(case["value"], abs=1e-9)


def test_context_starts_with_query():
    vectors = np.array([[0.9, 0.0], [0.0, 0.7], [0.6, 0.0]], dtype=np.float32)
    boxes = np.array([BOX, FAR, [400, 0, 440, 90]], dtype=float)
    frame = Frame("a", boxes, np.arange(3), boxes, np.array([0.9, 0.6, 0.7]), vectors)
    query = Query("a", np.array(BOX, float), 0, np.array([1.0, 0.0]))
    gallery = Gallery([frame])
    np.testing.assert_allclose(context_of(query, gallery), [[1, 0], [1, 0], [0, 1]])
    away = Query("z", np.array(BOX, float), 0, np.array([1.0, 0.0]))
    np.testing.assert_allclose(context_of(away, gallery), [[1, 0]])


def test_refuses_invalid_numbers():
    with pytest.raises(ValueError, match="num_detections=0"):
        GraphMatching(num_detections=0)
