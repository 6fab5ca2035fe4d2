"""A small folder in the layout of Leeds Sports Pose Extended."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

SIZE = (120, 80)  # (H, W)


def complete_person() -> np.ndarray:
    """Joints (14, 3) inside of a photo of 120 × 80."""
    y = [110, 90, 66, 66, 90, 110, 70, 55, 40, 40, 55, 70, 36, 16]
    x = [32, 33, 34, 46, 47, 48, 22, 25, 30, 50, 55, 58, 40, 40]
    return np.column_stack([x, y, np.ones(14)]).astype(np.float64)


def some_persons() -> np.ndarray:
    """Joints (4, 14, 3): complete, cut off, without labels, complete."""
    cut = complete_person()
    cut[:3] = (-26.1, 0.0, 0.0)  # the dataset's mark of joints outside of the photo
    cut[5, :2] = (79.6, 121.3)  # labeled, slightly outside of the photo
    unlabeled = np.tile((-53.2, 0.0, 0.0), (14, 1))
    shifted = complete_person() + np.array([5, 3, 0])
    return np.stack([complete_person(), cut, unlabeled, shifted])


def write_lspet(folder: Path, joints: np.ndarray) -> Path:
    (folder / "images").mkdir(parents=True)
    savemat(folder / "joints.mat", {"joints": joints.transpose(1, 2, 0)})
    rng = np.random.default_rng(0)
    for number in range(1, len(joints) + 1):
        photo = rng.integers(0, 256, (*SIZE, 3), np.uint8)
        Image.fromarray(photo).save(folder / "images" / f"im{number:05d}.jpg")
    return folder


@pytest.fixture
def lspet(tmp_path: Path) -> Path:
    """The dataset's own folder."""
    return write_lspet(tmp_path / "lspet", some_persons())


@pytest.fixture
def person() -> np.ndarray:
    return complete_person()
