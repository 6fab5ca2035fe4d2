"""Random numbers follow the seed, and the caller's go on as if nothing had happened."""

import random

import numpy as np
import pytest
import torch

from solider_mm.datasets.random_state import seeded


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002


def test_same_seed_same_numbers() -> None:
    with seeded(5):
        first = draw()
    draw()
    with seeded(5):
        assert draw() == first
    with seeded(5 + 2**32):
        other = draw()
    assert other != first  # Torch itself looks at the lower 32 bits only


def test_callers_numbers_go_on_even_after_an_error() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    expected = [draw(), draw()]
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    first = draw()
    with pytest.raises(KeyError), seeded(3):
        draw()
        raise KeyError
    assert [first, draw()] == expected


@pytest.mark.parametrize("seed", [0, 2**63 - 1, 2**64 - 1])
def test_64_bits(seed: int) -> None:
    with seeded(seed):
        draw()
