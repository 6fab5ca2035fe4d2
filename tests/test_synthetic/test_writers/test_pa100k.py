import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from solider_mm.synthetic import (
    PA100K_ATTRIBUTES,
    pa100k_vector,
    render_pedestrian,
    write_pa100k,
)

COUNTS = {"num_train": 6, "num_val": 3, "num_test": 3, "shots_per_identity": 2}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("p") / "synthetic"
    return write_pa100k(out, **COUNTS, size=(64, 32), show_progress=False)


def test_annotation_has_the_keys_and_forms_of_the_real_one(rendered):
    table = loadmat(rendered / "annotation.mat")
    names = [str(cell[0][0]) for cell in table["attributes"]]
    assert tuple(names) == PA100K_ATTRIBUTES
    for split, count in (("train", 6), ("val", 3), ("test", 3)):
        assert table[f"{split}_images_name"].shape == (count, 1)
        assert table[f"{split}_label"].shape == (count, 26)
        assert table[f"{split}_label"].dtype == np.uint8
        assert set(np.unique(table[f"{split}_label"])) <= {0, 1}


def test_names_are_the_pictures(rendered):
    table = loadmat(rendered / "annotation.mat")
    names = [
        str(cell[0][0])
        for split in ("train", "val", "test")
        for cell in table[f"{split}_images_name"]
    ]
    assert names == [f"{number:06d}.jpg" for number in range(1, 13)]
    assert sorted(path.name for path in (rendered / "data").iterdir()) == names
    assert Image.open(rendered / "data" / names[0]).size == (32, 64)


def test_labels_equal_those_of_the_rendering(rendered):
    """People are numbered on through the splits: 0, 1, 2 | 3, 4 | 5, 6."""
    table = loadmat(rendered / "annotation.mat")
    third = render_pedestrian(1, 1, 0, (64, 32))["attributes"]
    np.testing.assert_array_equal(table["train_label"][2], pa100k_vector(third))
    first = render_pedestrian(3, 3, 0, (64, 32))["attributes"]
    np.testing.assert_array_equal(table["val_label"][0], pa100k_vector(first))


def test_bad_counts(tmp_path):
    with pytest.raises(ValueError, match="three splits"):
        write_pa100k(tmp_path / "synthetic", num_val=0)
