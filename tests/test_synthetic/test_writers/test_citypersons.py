import json

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from solider_mm.synthetic import write_citypersons

COUNTS = {
    "num_train": 3,
    "num_val": 2,
    "people_per_image": 8,
    "size": (160, 320),
    "show_progress": False,
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return write_citypersons(tmp_path_factory.mktemp("c") / "synthetic", **COUNTS)


def cells(rendered, split):
    table = loadmat(rendered / "annotations" / f"anno_{split}.mat")
    row = table[f"anno_{split}_aligned"]
    assert row.shape[0] == 1
    return [cell[0, 0] for cell in row[0]]


def load(rendered, name):
    return json.loads((rendered / "annotations" / name).read_text())


def test_cells_have_the_form_of_the_real_ones(rendered, golden_dir):
    real = loadmat(golden_dir / "citypersons_anno_subset.mat")
    real = real["anno_val_aligned"][0, 0][0, 0]
    for cell in cells(rendered, "val"):
        assert cell.dtype.names == real.dtype.names
        assert cell["bbs"].shape[1] == real["bbs"].shape[1] == 10
        assert cell["cityname"].dtype.kind == real["cityname"].dtype.kind
        assert cell["im_name"].shape == real["im_name"].shape


def test_cells_name_the_pictures(rendered):
    for split, count in (("train", 3), ("val", 2)):
        found = cells(rendered, split)
        assert len(found) == count
        for cell in found:
            place = rendered / "leftImg8bit_trainvaltest" / "leftImg8bit" / split
            picture = place / str(cell["cityname"][0]) / str(cell["im_name"][0])
            assert Image.open(picture).size == (320, 160)


def test_boxes_are_whole_numbers_in_the_picture_and_hold_the_visible_part(rendered):
    rows = np.concatenate([cell["bbs"] for cell in cells(rendered, "train")])
    assert len(rows) >= 10
    np.testing.assert_array_equal(rows, np.rint(rows))
    assert set(rows[:, 0]) <= {0, 1}
    x, y, w, h = rows[:, 1:5].T
    x_seen, y_seen, w_seen, h_seen = rows[:, 6:].T
    assert (x >= 0).all()
    assert (y + h <= 160).all()
    assert (x_seen >= x).all()
    assert (y_seen + h_seen <= y + h).all()
    assert (x_seen + w_seen <= x + w).all()
    assert (w_seen * h_seen > 0).all()
    assert (w_seen * h_seen < w * h).any()


def test_metric_file_follows_the_official_conversion(rendered, golden_dir):
    """Field by field as the official file: from the cells, in their order."""
    golden = json.loads((golden_dir / "citypersons_gt.json").read_text())
    content = load(rendered, "val_gt.json")
    assert set(golden["images"][0]) <= set(content["images"][0])
    assert set(content["annotations"][0]) == set(golden["annotations"][0])
    number = 0
    for image, cell in enumerate(cells(rendered, "val"), start=1):
        assert content["images"][image - 1]["id"] == image
        for row in cell["bbs"]:
            entry = content["annotations"][number]
            number += 1
            assert entry["id"] == number
            assert entry["image_id"] == image
            assert entry["category_id"] == 1
            assert entry["ignore"] == int(row[0] != 1)
            assert entry["bbox"] == row[1:5].tolist()
            assert entry["vis_bbox"] == row[6:].tolist()
            assert entry["height"] == row[4]
            ratio = row[8] * row[9] / (row[3] * row[4])
            assert entry["vis_ratio"] == pytest.approx(ratio)
    assert number == len(content["annotations"])


def test_training_file_ignores_the_small(rendered):
    content = load(rendered, "train.json")
    for entry in content["annotations"]:
        assert entry["ignore"] == 0
        if entry["height"] < 50:
            assert entry["iscrowd"] == 1
    assert {entry["iscrowd"] for entry in content["annotations"]} == {0, 1}


def test_nested_list_names_files_below_val(rendered):
    content = load(rendered, "val_gt_mm_nested.json")
    for image in content["images"]:
        place = "leftImg8bit_trainvaltest/leftImg8bit/val"
        assert (rendered / place / image["file_name"]).is_file()
    ids = [image["id"] for image in content["images"]]
    assert ids == [image["id"] for image in load(rendered, "val_gt.json")["images"]]


def test_bad_counts(tmp_path):
    with pytest.raises(ValueError, match="num_val is 0: expected 1 or larger"):
        write_citypersons(tmp_path / "synthetic", num_val=0)
