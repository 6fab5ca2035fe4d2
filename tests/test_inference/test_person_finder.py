import json

import numpy as np
import pytest
from PIL import Image

from solider_mm.inference.person_finder import PersonFinder, write_appearances

IMAGE = np.full((60, 90, 3), 200, np.uint8)


class Model:
    """Stand-in with two people in each image: one as searched for, one other."""

    def iterate(self, inputs, *args, **kwargs):
        for number in range(inputs):
            yield {
                "source": f"{number}.png",
                "name": str(number),
                "frame": None,
                "time": None,
                "image": IMAGE,
                "boxes": np.array([[0, 0, 20, 50], [30, 5, 60, 58]], np.float32),
                "scores": np.array([0.9, 0.8], np.float32),
                "features": np.array([[0.6, 0.8], [1.0, 0.0]], np.float32),
            }

    def embed(self, item, *args):
        return np.array([1.0, 0.0], np.float32)


def test_most_similar_people_come_first():
    found = PersonFinder(Model())(IMAGE, 2, topk=3)
    assert [t.best.similarity for t in found] == pytest.approx([1, 1, 0.6])
    assert [t.best.source for t in found] == ["0.png", "1.png", "0.png"]


def test_writes_rows_and_a_contact_sheet_with_captions(tmp_path):
    found = PersonFinder(Model())(IMAGE, 5, topk=8)
    path = write_appearances(found, IMAGE, tmp_path)
    rows = json.loads(path.read_text())
    assert [row["rank"] for row in rows] == list(range(1, 9))
    assert rows[0]["best"]["box"] == [30, 5, 60, 58]
    sheet = np.asarray(Image.open(tmp_path / "appearances.png"))
    assert sheet.shape == (2 * (128 + 16) + 8, 8 * (64 + 8) - 8, 3)
    assert sheet[:16, :64].min() < 128  # caption of the query
    assert np.all(sheet[16:144, :64] == 200)
    assert np.all(sheet[168:, 72:] == 255)  # no ninth appearance


def test_nobody_found_leaves_the_query(tmp_path):
    path = write_appearances([], IMAGE, tmp_path)
    assert json.loads(path.read_text()) == []
    assert Image.open(tmp_path / "appearances.png").size == (64, 144)
