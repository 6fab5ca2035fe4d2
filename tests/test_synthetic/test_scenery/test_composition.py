import numpy as np
import pytest

from solider_mm.synthetic.scene import _render_at, camera_of
from solider_mm.synthetic.scenery.composition import (
    Layers,
    Placed,
    overlap,
    place_occluder,
    place_person,
)
from solider_mm.synthetic.scenery.street import Spot


def empty(size=(120, 100)):
    return Layers(
        np.full((*size, 3), 100, dtype=np.float32),
        np.zeros(size, dtype=np.int32),
        np.zeros(size, dtype=np.uint8),
    )


def person_at(x, y) -> Placed:
    return _render_at(3, camera_of(0), Spot(x, y, 50.0), np.random.default_rng(0), 0)


@pytest.mark.parametrize(
    ("left", "top", "here", "there"),
    [
        (2, 3, (3, 7, 2, 7), (0, 4, 0, 5)),
        (-2, -1, (0, 3, 0, 3), (1, 4, 2, 5)),
        (8, 9, (9, 10, 8, 12), (0, 1, 0, 4)),
    ],
)
def test_overlap_by_hand(left, top, here, there):
    found = overlap((10, 12), (4, 5), left, top)
    as_numbers = [
        (rows.start, rows.stop, columns.start, columns.stop) for rows, columns in found
    ]
    assert as_numbers == [here, there]


def test_no_overlap():
    assert overlap((10, 12), (4, 5), 12, 0) is None
    assert overlap((10, 12), (4, 5), 0, -4) is None


def test_the_later_person_hides_the_earlier():
    layers, first, second = empty(), person_at(45, 110), person_at(55, 112)
    place_person(layers, first, 1)
    alone = layers.owner == 1
    place_person(layers, second, 2)
    both = alone & (layers.owner != 1)
    assert both.sum() > 50
    assert (layers.owner[both & (layers.parts > 0)] == 2).all()
    np.testing.assert_array_equal(layers.owner > 0, layers.parts > 0)


def test_an_obstacle_hides_and_owns_nothing():
    layers = empty()
    place_person(layers, person_at(50, 110), 1)
    before = (layers.owner > 0).sum()
    place_occluder(layers, Spot(50, 115, 50.0, "car"), np.random.default_rng(0))
    assert 0 < (layers.owner > 0).sum() < before


def test_a_person_outside_changes_nothing():
    layers = empty()
    place_person(layers, person_at(900, 110), 1)
    assert not layers.owner.any()
    assert (layers.picture == 100).all()
