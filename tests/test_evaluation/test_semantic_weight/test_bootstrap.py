import pytest
import torch

from solider_mm.evaluation.semantic_weight.bootstrap import estimate, resampling_counts


def mean_of(values):
    return lambda counts: (counts @ values) / counts.sum(1)


def test_interval_of_a_mean_agrees_with_the_normal_one():
    values = torch.randn(400, generator=torch.Generator().manual_seed(0)).double()
    result = estimate(mean_of(values), resampling_counts(400, 2000))
    half = 1.96 * float(values.std()) / 20
    assert result.value == pytest.approx(float(values.mean()))
    assert result.low == pytest.approx(result.value - half, abs=0.015)
    assert result.high == pytest.approx(result.value + half, abs=0.015)


def test_every_resample_has_as_many_units():
    counts = resampling_counts(7, 50)
    assert counts.shape == (50, 7)
    assert (counts.sum(1) == 7).all()
    assert torch.equal(counts, resampling_counts(7, 50))


def test_paired_differences_are_narrower_than_either_interval():
    base = torch.randn(100, generator=torch.Generator().manual_seed(1)).double()
    counts = resampling_counts(100, 500)
    low, high = (estimate(mean_of(values), counts) for values in (base, base + 2))
    difference = high.minus(low)
    assert difference.value == pytest.approx(2)
    assert difference.high - difference.low < 1e-9
    assert high.over(high).value == 1


def test_refuses_a_single_unit():
    with pytest.raises(ValueError, match="1 units and 10 resamples"):
        resampling_counts(1, 10)
