import numpy as np
import pytest

from solider_mm.synthetic.scenery.street import choose_spots


@pytest.mark.parametrize("number", range(6))
def test_spots_follow_the_ground_plane(number):
    rng = np.random.default_rng(number)
    street = choose_spots(rng, (480, 640), 8, 3.0, 40.0)
    people = [spot for spot in street.spots if not spot.occluder]
    assert len(people) == 8
    rows = [spot.y for spot in street.spots]
    assert rows == sorted(rows)
    # Pixels per meter grow linearly from the horizon: one line fits all.
    meters = np.array([spot.meter for spot in street.spots])
    fit = np.polyfit(rows, meters, 1)
    np.testing.assert_allclose(np.polyval(fit, rows), meters, atol=1e-9)
    assert fit[0] == pytest.approx(1 / 3.0)
    assert 1.7 * meters[[not s.occluder for s in street.spots]].min() >= 39.9
    assert all(0 <= spot.x <= 640 for spot in people)
    assert street.wall < rows[0]
