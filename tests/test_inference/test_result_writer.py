import errno
import json

import numpy as np
import pytest

from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.result_writer import ResultWriter

IMAGE = np.zeros((32, 16, 3), np.uint8)


@pytest.fixture(scope="module")
def extractor():
    return FeatureExtractor(show_progress=False)


def test_no_room_keeps_the_rows_before(extractor, tmp_path, monkeypatch):
    row = extractor.row
    monkeypatch.setattr(
        extractor, "row", lambda r: full() if r["name"] == "image_3" else row(r)
    )

    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "out"
    with pytest.raises(OSError, match=r"out has no room left: .* before image_3 are"):
        extractor([IMAGE] * 4, 0.2, out_dir=out)
    lines = (out / "features.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["image", "image_2"]
    assert [path.name for path in out.iterdir()] == ["features.jsonl"]


def test_interrupted_run_keeps_whole_rows(extractor, tmp_path):
    results = extractor.iterate([IMAGE] * 4, 0.2, batch_size=1, out_dir=tmp_path)
    next(results)
    results.close()
    lines = (tmp_path / "features.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["image"]


def test_other_errors_are_raised_as_they_are(extractor, tmp_path):
    with ResultWriter(tmp_path, extractor) as writer, pytest.raises(KeyError):
        writer.write(None, {}, with_picture=True)
