"""Synthetic pedestrians in LIP's layout."""

from pathlib import Path

import pytest

from solider_mm.synthetic import write_lip


@pytest.fixture(scope="session")
def synthetic_lip(tmp_path_factory) -> Path:
    """Eight training and three validation images."""
    folder = tmp_path_factory.mktemp("synthetic") / "lip"
    return write_lip(folder, num_train=8, num_val=3, size=(80, 40), show_progress=False)
