import numpy as np

from solider_mm.synthetic.scene import _render_at
from solider_mm.synthetic.scenery.camera import camera_of
from solider_mm.synthetic.scenery.shading import shade_ground
from solider_mm.synthetic.scenery.street import Spot


def shaded(x, y):
    spot = Spot(x, y, 40.0)
    one = _render_at(2, camera_of(0), spot, np.random.default_rng(0), 0)
    picture = np.full((120, 160, 3), 100, dtype=np.float32)
    shade_ground(picture, one.person.figure, one.left, one.top)
    return picture[..., 0]


def test_ground_is_dark_at_the_feet_only():
    picture = shaded(80, 100)
    assert picture[94:106, 60:100].min() < 70
    assert (picture[:70] == 100).all()
    rows = np.nonzero((picture < 99).any(axis=1))[0]
    assert 85 < rows.mean() < 112


def test_outside_the_picture_nothing_happens():
    assert (shaded(900, 100) == 100).all()
    assert (shaded(80, 900) == 100).all()


def test_shadow_is_cut_at_the_edge():
    assert shaded(0, 100)[:, 0].min() < 90
