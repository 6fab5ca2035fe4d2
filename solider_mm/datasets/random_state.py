"""Random numbers that depend on a sample's seed and on nothing else."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["seeded"]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the generators of Python, NumPy and Torch (CPU), and put them back after.

    So a sample looks the same whatever the number of workers and whatever was drawn
    before it, and drawing it leaves no trace in the caller's random numbers.

    Args:
        seed: A non-negative integer below 2⁶⁴; Torch uses its lower 32 bits only, so
            seeds should come from a hash, not from a counter in the upper bits.
    """
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  (the transforms draw from it)
    torch_state = torch.get_rng_state()
    try:
        random.seed(seed)
        np.random.seed([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF])  # noqa: NPY002
        # Not torch.manual_seed: that would also seed the GPU of the main process.
        torch.default_generator.manual_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        torch.set_rng_state(torch_state)
