import pytest

from solider_mm.evaluation.semantic_weight.search import (
    is_greater_better,
    noise_warning,
    search_semantic_weight,
)

GRID = [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("optimum", [0.0, 0.37, 0.62, 1.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_recovers_a_planted_optimum(optimum, sign):
    calls = []

    def evaluate(weight):
        calls.append(weight)
        return sign * (80 - 50 * (weight - optimum) ** 2)

    result = search_semantic_weight(
        evaluate, GRID, greater_is_better=sign > 0, num_refinements=8
    )
    assert result.best == pytest.approx(optimum, abs=0.02)
    assert len(calls) == len(set(calls)) == len(result.metrics) <= len(GRID) + 8


def test_an_interrupted_search_evaluates_only_the_rest():
    def metric(weight):
        return 1 - (weight - 0.4) ** 2

    whole = search_semantic_weight(metric, GRID)
    kept = dict(list(whole.metrics.items())[::2])
    calls = []

    def evaluate(weight):
        calls.append(weight)
        return metric(weight)

    resumed = search_semantic_weight(evaluate, GRID, finished=kept)
    assert resumed == whole
    assert not set(calls) & set(kept)


def test_grid_alone():
    result = search_semantic_weight(
        lambda weight: weight, [0.2, 0.1], num_refinements=0
    )
    assert result == (0.2, {0.1: 0.1, 0.2: 0.2})


def test_directions_of_the_tasks_metrics():
    for name in ("reid/mAP", "attribute/mA", "mIoU", "torso/PCK", "coco/AP"):
        assert is_greater_better(name)
    for name in ("citypersons/MR_reasonable", "miss_rate", "val/loss"):
        assert not is_greater_better(name)


@pytest.mark.parametrize(
    ("grid", "message"), [([], "grid is empty"), ([0, 1.5], "1.5 is outside")]
)
def test_refuses_a_grid_without_valid_weights(grid, message):
    with pytest.raises(ValueError, match=message):
        search_semantic_weight(lambda weight: weight, grid)


def test_warns_when_nothing_changes():
    flat = {weight: [82.4 + 0.1 * weight] for weight in GRID}
    assert noise_warning(flat).startswith("All values lie within 0.1000, less than")
    assert noise_warning({0.5: [80.0]}) == ""


def test_warns_when_seeds_differ_more_than_weights():
    seeds = {0.0: [50.0, 54.0], 0.5: [51.0, 55.0], 1.0: [50.0, 56.0]}
    # Variances 8, 8 and 18: the error of a difference is √(2 · 11⅓ / 2) = 3.3665.
    warning = noise_warning(seeds)
    assert "differ by 1.0000 at most, which is within the noise" in warning
    assert "standard errors of 3.3665, from 2 seeds" in warning
    clear = {0.0: [50.0, 50.4], 0.5: [55.0, 55.4], 1.0: [52.0, 52.4]}
    assert noise_warning(clear) == ""


def test_warns_when_values_scatter_about_a_smooth_curve():
    scatter = [50.0, 52.0, 50.2, 51.8, 49.9, 52.1]
    weights = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    values = {w: [v] for w, v in zip(weights, scatter, strict=True)}
    assert "from the scatter about a smooth curve" in noise_warning(values)
    smooth = {w: [60 - 20 * (w - 0.4) ** 2] for w in weights}
    assert noise_warning(smooth) == ""
    few = {w: values[w] for w in weights[:3]}
    assert noise_warning(few) == ""
