"""Shared fixtures: reference material, seeds, and markers that skip with a reason."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from solider_mm.version_gate import require_host

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Golden numbers and real images; a clone without them skips, saying why."""
    place = Path(os.environ.get("SOLIDER_MM_SHARED", ROOT.parent / "shared"))
    if not place.is_dir():
        pytest.skip(f"no reference material at {place}: set SOLIDER_MM_SHARED")
    return place.resolve()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  the libraries under us use the global generator
    torch.manual_seed(0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, torch sees none")
    for marker in item.iter_markers("host"):
        try:
            require_host(marker.args[0])
        except ImportError as error:
            pytest.skip(str(error))
