import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.io import savemat

from solider_mm.evaluation.citypersons.cells import AnnotatedImage, read_cells
from solider_mm.evaluation.citypersons.files import (
    evaluation_records,
    read_annotation_file,
    training_records,
)
from solider_mm.synthetic.writers.citypersons import write_citypersons

ROWS = [
    # class, x, y, w, h, id, visible part
    (1, 10, 20, 20, 50, 1, 10, 20, 20, 25),
    (1, 40, 20, 20, 49, 2, 40, 20, 20, 49),
    (2, 70, 20, 40, 99, 3, 70, 20, 40, 99),
    (5, 0, 0, 200, 200, 4, 0, 0, 200, 200),
    (0, 5, 5, 0, 9, 5, 5, 5, 0, 9),
]


def image(rows=ROWS, name="aachen_000000_000019_leftImg8bit.png"):
    table = np.array(rows, dtype=np.int64).reshape(-1, 10)
    return AnnotatedImage(name.split("_")[0], name, table)


def save(path, images, key="anno_val_aligned", dtype=np.uint8):
    cells = np.empty((1, len(images)), dtype=object)
    for number, each in enumerate(images):
        cells[0, number] = {
            "cityname": each.city,
            "im_name": each.name,
            "bbs": each.table.astype(dtype),
        }
    savemat(path, {key: cells})
    return path


def test_matches_official_evaluation_json(golden_dir):
    cells = read_cells(golden_dir / "citypersons_anno_subset.mat")
    expected = json.loads((golden_dir / "citypersons_gt.json").read_text())
    assert evaluation_records(cells) == expected


def test_evaluation_records_follow_rules():
    content = evaluation_records([image([]), image()], size=(300, 400))
    assert content["images"][0] == {
        "id": 1,
        "im_name": "aachen_000000_000019_leftImg8bit.png",
        "height": 300,
        "width": 400,
    }
    boxes = content["annotations"]
    assert [b["image_id"] for b in boxes] == [2] * 5
    assert [b["ignore"] for b in boxes] == [0, 0, 1, 1, 1]
    assert [b["iscrowd"] for b in boxes] == [0, 0, 0, 1, 0]
    assert [b["vis_ratio"] for b in boxes] == [0.5, 1.0, 1.0, 1.0, 0.0]
    assert {b["category_id"] for b in boxes} == {1}


def test_training_records_follow_rules():
    """Pedestrians of 50 px are targets at any visibility, all else is ignored."""
    content = training_records([image()])
    boxes = content["annotations"]
    assert [b["iscrowd"] for b in boxes] == [0, 1, 1, 1, 1]
    assert {b["ignore"] for b in boxes} == {0}
    assert boxes[0]["area"] == 1000
    assert content["images"][0]["file_name"].startswith("aachen/aachen_000000")
    assert training_records([image()], min_height=40)["annotations"][1]["iscrowd"] == 0


def test_small_integer_types_do_not_overflow(tmp_path):
    path = save(tmp_path / "anno_val.mat", [image(), image([])])
    cells = read_cells(path)
    assert [cell.table.shape for cell in cells] == [(5, 10), (0, 10)]
    assert cells[0].table.dtype == np.int64
    assert cells[0].city == "aachen"
    assert evaluation_records(cells)["annotations"][3]["vis_ratio"] == 1.0


def test_mat_file_reads_like_its_conversion(tmp_path):
    path = save(tmp_path / "anno_val.mat", [image()])
    assert read_annotation_file(path, size=(9, 9)) == evaluation_records(
        [image()], (9, 9)
    )
    assert read_annotation_file(path, training=True) == training_records([image()])


def test_refuses_invalid_files(tmp_path):
    for name in ("anno_val.mat", "val_gt.json"):
        with pytest.raises(FileNotFoundError, match=f"{name}.*does not exist"):
            read_annotation_file(tmp_path / name)
        (tmp_path / name).write_text("<html>")
        with pytest.raises(ValueError, match=f"{name}.*again"):
            read_annotation_file(tmp_path / name)
    (tmp_path / "val_gt.json").write_text("{}")
    with pytest.raises(ValueError, match="no annotations and no images"):
        read_annotation_file(tmp_path / "val_gt.json")
    (tmp_path / "val_gt.json").write_text("[]")
    with pytest.raises(ValueError, match="COCO-style file"):
        read_annotation_file(tmp_path / "val_gt.json")


def test_refuses_other_mat_files(tmp_path):
    path = tmp_path / "anno_val.mat"
    save(path, [image()], key="boxes")
    with pytest.raises(ValueError, match="expected one 'anno_train_aligned' or"):
        read_cells(path)
    invalid = replace(image(), table=np.ones((7, 3), dtype=np.int64))
    save(path, [image(), invalid])
    with pytest.raises(ValueError, match=r"cell 1 of .* ten columns"):
        read_cells(path)


def test_synthetic_scenes_match_their_json(tmp_path):
    folder = write_citypersons(
        tmp_path / "scenes",
        num_train=1,
        num_val=1,
        people_per_image=6,
        size=(128, 256),
        show_progress=False,
    )
    for split, name in (("train", "train.json"), ("val", "val_gt.json")):
        cells = read_annotation_file(
            folder / f"annotations/anno_{split}.mat",
            training=split == "train",
            size=(128, 256),
        )
        written = read_annotation_file(folder / "annotations" / name)
        assert len(written["annotations"]) > 0
        for ours, theirs in zip(
            cells["annotations"], written["annotations"], strict=True
        ):
            assert ours["vis_ratio"] == pytest.approx(theirs["vis_ratio"])
            for key in ("bbox", "vis_bbox", "ignore", "iscrowd", "image_id"):
                assert ours[key] == theirs[key]
