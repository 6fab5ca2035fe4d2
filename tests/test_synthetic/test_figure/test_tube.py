import numpy as np
import pytest

from solider_mm.synthetic.figure.tube import Tube


def straight_tube(yaw):
    centers = np.array([[50.0, 100.0], [50.0, 0.0]])
    return Tube(centers, np.array([20.0, 20.0]), yaw)


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
