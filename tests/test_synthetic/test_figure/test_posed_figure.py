import numpy as np
import pytest

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.posed_figure import Figure, Paint
from solider_mm.synthetic.figure.skeleton import View, sample_pose
from solider_mm.synthetic.figure.tube import Ring


def make_figure():
    appearance = appearance_of(0)
    rng = np.random.default_rng(0)
    view = View(0.0, 0.1, 0.0, 100.0, (32.0, 120.0))
    return Figure(appearance, sample_pose(rng, appearance), view, 1.0, rng)


def test_shapes_take_the_usual_coarse_part_unless_told():
    figure = make_figure()
    figure.blob(np.zeros(2), (0.1, 0.2), Paint((1, 2, 3), 13, labels.HEAD, 1.0))
    figure.blob(np.zeros(2), (0.1, 0.2), Paint((1, 2, 3), 6, labels.SKIRT, 1.0, 3))
    assert [shape.coarse for shape in figure.shapes] == [1, 3]
    np.testing.assert_allclose(np.abs(figure.shapes[0].points).max(axis=0), [10, 20])


@pytest.mark.parametrize("light", [-1.0, 1.0])
def test_limbs_are_darker_away_from_the_light(light):
    figure = make_figure()
    figure.light = light
    start, end = np.array([30.0, 10.0]), np.array([30.0, 50.0])
    figure.limb(start, end, (0.05, 0.05), Paint((9, 9, 9), 5, labels.TORSO, 1.0))
    bright, dark = figure.shapes
    assert bright.shade == 1.0 > dark.shade
    assert (dark.points[:, 0].mean() - bright.points[:, 0].mean()) * light < 0


def test_tube_is_narrow_from_the_side():
    figure = make_figure()
    ring = Ring(np.zeros(3), 0.2, 0.1)
    front, side = figure.tube([ring]), figure.tube([ring], np.pi / 2)
    assert front.half[0] == pytest.approx(20)
    assert side.half[0] == pytest.approx(10)
