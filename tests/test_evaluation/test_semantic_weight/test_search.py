import pytest

from solider_mm.evaluation.semantic_weight.search import (
    is_greater_better,
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
