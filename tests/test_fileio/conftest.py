from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three red images, one of them in a subfolder, and two other files."""
    (tmp_path / "b").mkdir()
    red = np.zeros((4, 2, 3), np.uint8)
    red[..., 0] = 255
    for name in ("c.png", "b/a.JPG", "b/z.bmp"):
        Image.fromarray(red).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    return tmp_path
