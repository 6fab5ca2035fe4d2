"""People to feed exported files with."""

import logging

import numpy as np
import pytest
from numpy.typing import NDArray

from solider_mm.synthetic import render_pedestrian


@pytest.fixture(scope="session")
def people() -> NDArray[np.uint8]:
    """Pixels (3, 64, 32, 3), RGB, of three synthetic pedestrians."""
    return np.stack([render_pedestrian(i, 0, 0, (64, 32))["image"] for i in range(3)])


@pytest.fixture(autouse=True, scope="session")
def _no_trace_log() -> None:
    """pytest's handler would make torch note every step of an export."""
    logging.getLogger("torch.__trace").disabled = True
