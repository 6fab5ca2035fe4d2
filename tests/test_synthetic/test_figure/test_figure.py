import numpy as np
import pytest

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.figure import Figure, Paint, Tube
from solider_mm.synthetic.figure.skeleton import View, sample_pose


def make_figure():
    look = appearance_of(0)
    rng = np.random.default_rng(0)
    view = View(0.0, 0.1, 0.0, 100.0, (32.0, 120.0))
    return Figure(look, sample_pose(rng, look), view, 1.0, rng)


def straight_tube(yaw):
    centers = np.array([[50.0, 100.0], [50.0, 0.0]])
    return Tube(centers, np.array([20.0, 20.0]), yaw)


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


def test_patch_faces_the_front_and_vanishes_behind():
    corners = ([-0.5, 0.5, 0.5, -0.5], [0.2, 0.2, 0.6, 0.6])
    front = straight_tube(0.0).patch(0.0, *corners)
    reach = 20 * np.sin(0.5)
    np.testing.assert_allclose(front[:, 0], 50 + reach * np.array([-1, 1, 1, -1]))
    np.testing.assert_allclose(front[:, 1], [80, 80, 40, 40])
    assert straight_tube(np.pi).patch(0.0, *corners) is None
    assert straight_tube(0.0).patch(np.pi, *corners) is None


def test_patch_is_cut_at_the_silhouette():
    corners = ([-0.5, 0.5, 0.5, -0.5], [0.2, 0.2, 0.6, 0.6])
    side = straight_tube(np.pi / 2).patch(0.0, *corners)
    assert side[:, 0].max() == pytest.approx(70)
    assert side[:, 0].min() == pytest.approx(50 + 20 * np.sin(np.pi / 2 - 0.5))


def test_tube_is_narrow_from_the_side():
    figure = make_figure()
    ring = (np.zeros(3), 0.2, 0.1)
    front, side = figure.tube([ring]), figure.tube([ring], np.pi / 2)
    assert front.half[0] == pytest.approx(20)
    assert side.half[0] == pytest.approx(10)
