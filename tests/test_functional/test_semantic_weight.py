"""Sampling of λ."""

import numpy as np
import pytest
import torch

from solider_mm.functional.semantic_weight import (
    check_semantic_weight,
    sample_semantic_weight,
)


def test_binary_draws_zero_and_one_equally_often() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = sample_semantic_weight(10_000, "binary", generator)
    assert set(weights.tolist()) == {0.0, 1.0}
    assert abs(weights.mean().item() - 0.5) < 0.02


def test_uniform_fills_the_interval() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = sample_semantic_weight(10_000, "uniform", generator)
    assert 0 <= weights.min() < 0.01
    assert 0.99 < weights.max() < 1
    assert abs(weights.std().item() - 12**-0.5) < 0.01


def test_same_generator_same_draw() -> None:
    draws = [
        sample_semantic_weight(64, generator=torch.Generator().manual_seed(7))
        for _ in range(2)
    ]
    torch.testing.assert_close(draws[0], draws[1], rtol=0, atol=0)


def test_unknown_sampling_is_named() -> None:
    with pytest.raises(ValueError, match=r"'ternary' is unknown.*binary"):
        sample_semantic_weight(2, "ternary")


@pytest.mark.parametrize("value", [1.5, -0.1, float("nan")])
def test_weight_outside_the_interval_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        check_semantic_weight(value)


def test_weight_inside_passes() -> None:
    assert check_semantic_weight(1) == 1.0


@pytest.mark.parametrize(
    "value", [[0.2, 0.8], (0.2,), "0.2", np.array([0.2, 0.8]), None, True, {"a": 1}]
)
def test_refuses_what_is_no_number(value) -> None:
    with pytest.raises(ValueError, match=r"expected a number in .*or a tensor"):
        check_semantic_weight(value)


@pytest.mark.parametrize("value", [0, 1, 0.2, np.float32(0.5), np.int64(1)])
def test_accepts_numbers_of_numpy(value) -> None:
    assert check_semantic_weight(value) == float(value)
