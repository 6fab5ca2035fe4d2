"""Random numbers that depend only on the seed of a sample."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["seeded"]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the generators of Python, NumPy and Torch (CPU), and restore them after.

    A sample is then the same for any number of workers and any earlier samples, and
    the random numbers of the caller do not change.

    Args:
        seed: Non-negative integer below 2⁶⁴. Torch uses the lower 32 bits only, so
            seeds should be hashes, not counters in the upper bits.
    """
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  (the transforms use it)
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
