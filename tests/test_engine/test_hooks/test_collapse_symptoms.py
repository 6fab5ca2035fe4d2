import math

import pytest

from solider_mm.engine.hooks.collapse_symptoms import Thresholds, find_symptoms

K = 1024
LN_K = math.log(K)
HEALTHY = {
    "dino_cross_entropy": 5.0,
    "teacher_entropy": 4.0,
    "feature_std": 0.03,
    "kept_fraction": 0.6,
}


def test_healthy_figures_show_nothing():
    assert find_symptoms(HEALTHY, K, Thresholds()) == {}


def test_nothing_logged_shows_nothing():
    assert find_symptoms({}, K, Thresholds()) == {}


def test_nan_is_not_called_collapse():
    figures = dict.fromkeys(HEALTHY, float("nan"))
    assert find_symptoms(figures, K, Thresholds()) == {}


@pytest.mark.parametrize(
    ("key", "value", "name", "words"),
    [
        ("teacher_entropy", LN_K - 0.01, "uniform collapse", "prefers no prototype"),
        ("teacher_entropy", 0.01, "collapse to one prototype", "higher teacher_temp"),
        ("feature_std", 2e-5, "constant features", "feature_std is 2.00e-05"),
        ("dino_cross_entropy", LN_K + 0.01, "no learning", "is 6.9415 and ln K = 6.93"),
        ("kept_fraction", 0.0, "no semantic labels", "lower min_foreground"),
    ],
)
def test_each_symptom_is_named(key, value, name, words):
    found = find_symptoms(HEALTHY | {key: value}, K, Thresholds())
    assert list(found) == [name]
    assert words in found[name]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("teacher_entropy", LN_K - 0.02),
        ("teacher_entropy", 0.02),
        ("feature_std", 1.1e-4),
        ("dino_cross_entropy", LN_K - 0.02),
    ],
)
def test_just_outside_the_thresholds(key, value):
    assert find_symptoms(HEALTHY | {key: value}, K, Thresholds()) == {}


def test_the_authors_prototypes():
    # A public report of collapse: the loss sits at 11.0902 with K = 65536.
    figures = HEALTHY | {"dino_cross_entropy": 11.0902}
    assert list(find_symptoms(figures, 65536, Thresholds())) == ["no learning"]
