"""Walls, grounds and empty scenes."""

import numpy as np
import pytest

from solider_mm.synthetic.scenery.background import WALL_PAINTERS
from solider_mm.synthetic.scenery.camera import GROUNDS, WALLS
from solider_mm.synthetic.scenery.empty_scene import SceneryKinds, paint_empty_scene
from solider_mm.synthetic.scenery.ground import paint_ground


def test_every_wall_of_a_camera_can_be_painted():
    assert set(WALLS) == set(WALL_PAINTERS)


@pytest.mark.parametrize("kind", WALLS)
@pytest.mark.parametrize("size", [(80, 64), (3, 5)])
def test_walls_are_textured(kind, size):
    picture = np.zeros((*size, 3), dtype=np.float32)
    WALL_PAINTERS[kind](picture, np.random.default_rng(0), 100.0)
    assert np.isfinite(picture).all()
    if size == (80, 64):
        assert picture.std(axis=(0, 1)).min() > 3


@pytest.mark.parametrize("kind", GROUNDS)
def test_grounds_are_textured(kind):
    picture = np.zeros((60, 64, 3), dtype=np.float32)
    paint_ground(picture, np.random.default_rng(0), kind, 100.0)
    assert picture.std(axis=(0, 1)).min() > 3


@pytest.mark.parametrize("horizon", [-30.0, 0.0, 40.0, 127.0, 300.0])
def test_scene_exists_for_any_horizon(horizon):
    rng = np.random.default_rng(1)
    picture = paint_empty_scene(
        rng, (128, 64), horizon, 110.0, SceneryKinds(WALLS, GROUNDS)
    )
    assert picture.shape == (128, 64, 3)
    assert picture.dtype == np.float32
    assert picture.std(axis=(0, 1)).min() > 4


def test_scenes_differ():
    means = [
        paint_empty_scene(
            np.random.default_rng(n), (64, 32), 40.0, 60.0, SceneryKinds(WALLS, GROUNDS)
        ).mean(axis=(0, 1))
        for n in range(20)
    ]
    assert np.std(means, axis=0).min() > 10
