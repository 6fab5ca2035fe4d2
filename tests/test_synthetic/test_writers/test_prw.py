from collections import Counter

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from solider_mm.synthetic import write_prw

COUNTS = {
    "num_train_frames": 3,
    "num_test_frames": 6,
    "num_train_identities": 6,
    "num_test_identities": 4,
    "people_per_frame": 4,
    "num_cameras": 3,
    "size": (192, 240),
    "show_progress": False,
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return write_prw(tmp_path_factory.mktemp("p") / "synthetic", **COUNTS)


def stems(rendered, name):
    cells = loadmat(rendered / f"frame_{name}.mat")[f"img_index_{name}"]
    return [str(cell[0][0]) for cell in cells]


def boxes(rendered, stem):
    return loadmat(rendered / "annotations" / f"{stem}.jpg.mat")["box_new"]


def test_frames_are_split(rendered):
    train, test = stems(rendered, "train"), stems(rendered, "test")
    assert (len(train), len(test)) == (3, 6)
    found = {path.stem for path in (rendered / "frames").iterdir()}
    assert found == set(train) | set(test)
    assert all(name[0] == "c" and name[1] in "123" for name in found)


def test_annotations_have_the_form_of_prw(rendered):
    index = loadmat(rendered / "frame_test.mat")["img_index_test"]
    assert index.shape[1:] == (1,)  # a column of cells
    assert index.dtype == np.object_
    assert boxes(rendered, stems(rendered, "test")[0]).dtype == np.float64
    first_query = (rendered / "query_info.txt").read_text().split("\n")[0]
    person, *box, frame = first_query.split()
    assert person.isdecimal()
    assert len([float(value) for value in box]) == 4
    assert frame in stems(rendered, "test")


def test_boxes_lie_in_the_frame(rendered):
    for stem in stems(rendered, "train") + stems(rendered, "test"):
        rows = boxes(rendered, stem)
        assert rows.shape[1] == 5
        assert len(rows) >= 2
        assert (rows[:, 1:3] >= 0).all()
        assert (rows[:, 3:] > 0).all()
        assert (rows[:, 1] + rows[:, 3] <= 240).all()
        assert (rows[:, 2] + rows[:, 4] <= 192).all()


def test_identities_are_named_by_split(rendered):
    for name, allowed in (("train", range(1, 7)), ("test", range(7, 11))):
        found = {
            int(row[0])
            for stem in stems(rendered, name)
            for row in boxes(rendered, stem)
        }
        assert -2 in found
        assert found - {-2} <= set(allowed)


def test_queries_can_be_found_elsewhere(rendered):
    test = {stem: boxes(rendered, stem) for stem in stems(rendered, "test")}
    seen = Counter(int(row[0]) for rows in test.values() for row in rows)
    lines = (rendered / "query_info.txt").read_text().splitlines()
    assert lines
    taken = set()
    for line in lines:
        person, *box, stem = line.split()
        assert seen[int(person)] >= 2
        rows = test[stem][test[stem][:, 0] == int(person)]
        np.testing.assert_allclose(rows[0, 1:], [float(v) for v in box], atol=1e-5)
        with Image.open(rendered / "query_box" / f"{person}_{stem}.jpg") as cut:
            assert cut.width == pytest.approx(float(box[2]), abs=1)
        assert (person, stem[1]) not in taken
        taken.add((person, stem[1]))


def test_bad_counts(tmp_path):
    with pytest.raises(ValueError, match="num_cameras must be in 1…9, got 12"):
        write_prw(tmp_path / "synthetic", num_cameras=12)
    with pytest.raises(ValueError, match="num_test_frames is 0: expected 1 or larger"):
        write_prw(tmp_path / "synthetic", num_test_frames=0)
