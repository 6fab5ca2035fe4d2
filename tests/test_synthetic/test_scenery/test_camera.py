import numpy as np
import pytest

from solider_mm.synthetic.scenery.camera import GROUNDS, WALLS, camera_of, expose

GRAY = np.full((96, 48, 3), 120, dtype=np.uint8)


def test_camera_is_fixed_by_number_and_seed():
    assert camera_of(2, 0) == camera_of.__wrapped__(2, 0)
    assert camera_of(2, 0) != camera_of(3, 0)
    assert camera_of(2, 0) != camera_of(2, 1)


def test_cameras_see_known_places_from_above():
    for number in range(30):
        camera = camera_of(number)
        assert set(camera.scenery) <= set(WALLS)
        assert set(camera.ground) <= set(GROUNDS)
        assert 0 < camera.pitch < 0.5
        assert 1.6 < camera.height < 5


def test_light_differs_more_between_cameras_than_between_shots():
    means = np.array(
        [
            [
                expose(GRAY, camera_of(number), np.random.default_rng(shot))
                .mean(axis=(0, 1))
                .tolist()
                for shot in range(8)
            ]
            for number in range(12)
        ]
    )
    within = means.std(axis=1).mean()
    between = means.mean(axis=1).std(axis=0).mean()
    assert between > 1.5 * within


def test_expose_keeps_the_form_and_adds_noise():
    shown = expose(GRAY, camera_of(0), np.random.default_rng(0))
    assert shown.shape == GRAY.shape
    assert shown.dtype == np.uint8
    assert shown.astype(float).std(axis=(0, 1)).min() > 0.5


def test_larger_people_are_blurred_more():
    edge = GRAY.copy()
    edge[:, 24:] = 220
    camera = camera_of(0)
    slopes = []
    for person_height_px in (40.0, 400.0):
        shown = expose(edge, camera, np.random.default_rng(0), person_height_px)
        slopes.append(np.abs(np.diff(shown.mean(axis=(0, 2)))).max())
    assert slopes[0] > slopes[1]


def test_curve_is_monotonic():
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[:, None, None], 64, 1)
    shown = expose(np.repeat(ramp, 3, 2), camera_of(4), np.random.default_rng(0), 1.0)
    levels = shown.astype(float).mean(axis=(1, 2))
    assert (np.diff(levels) > -3).all()
    assert levels[-1] - levels[0] == pytest.approx(200, abs=70)
