import numpy as np
import pytest

from solider_mm.synthetic import palette


def test_jitter_stays_in_range():
    rng = np.random.default_rng(0)
    colors = np.array([palette.jitter(rng, (250, 4, 128), 40) for _ in range(200)])
    assert colors.min() >= 8
    assert colors.max() <= 247


def test_contrasting_colors_differ_in_lightness():
    rng = np.random.default_rng(0)
    for _ in range(100):
        color = palette.cloth(rng)
        other = palette.contrasting(rng, color, 60)
        assert abs(palette.lightness(color) - palette.lightness(other)) >= 55


def test_blend_and_lightness_by_hand():
    assert palette.blend((0, 100, 200), (100, 100, 0), 0.25) == (25, 100, 150)
    assert palette.lightness((255, 255, 255)) == pytest.approx(255)
    assert palette.lightness((100, 0, 0)) == pytest.approx(29.9)
