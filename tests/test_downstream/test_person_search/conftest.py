"""Small datasets in the layouts of PRW and CUHK-SYSU."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat


def save_frame(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(path)


@pytest.fixture
def write_frame():
    """Function that writes a black frame of 60 × 80."""
    return save_frame


@pytest.fixture
def prw(tmp_path):
    """Three training frames (identities 7, 483, unlabeled; none; 7), two test."""
    rows = {
        "c1s1_000001": [[7, 10, 5, 20, 40], [-2, 40, 5, 20, 40], [483, -4, 5, 20, 40]],
        "c1s1_000002": np.zeros((0, 5)),
        "c2s1_000003": [[7, 10, 5, 20, 40], [9, 30, 30, 0, 10]],
        "c1s1_000004": [[3, 10, 5, 20, 40]],
        "c3s1_000005": [[3, 12, 5, 20, 40], [-2, 50, 5, 20, 40]],
    }
    names = list(rows)
    (tmp_path / "annotations").mkdir()
    for i, (name, table) in enumerate(rows.items()):
        save_frame(tmp_path / f"frames/{name}.jpg")
        key = ("box_new", "anno_file", "anno_previous")[i % 3]
        content = {key: np.array(table, dtype=float)}
        savemat(tmp_path / f"annotations/{name}.jpg.mat", content)
    for split, listed in (("train", names[:3]), ("test", names[3:])):
        cells = np.array(listed, dtype=object)[:, None]
        savemat(tmp_path / f"frame_{split}.mat", {f"img_index_{split}": cells})
    query = "3 10.0 5.0 20.0 40.0 c1s1_000004\r\n"
    (tmp_path / "query_info.txt").write_text(query, newline="")
    return tmp_path
