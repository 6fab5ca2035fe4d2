import json

import numpy as np
import pytest

from solider_mm.downstream.attribute.pickle_conversion import (
    convert_pickle,
    write_splits,
)

LABELS = np.array([[0, 1, 2, 1], [1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]])


@pytest.fixture
def content():
    return {
        "description": "PETA",
        "root": "/home/somebody/PETA/images",
        "image_name": np.array([f"{i}.png" for i in range(1, 5)]),
        "label": LABELS,
        "attr_name": ["young", "hat", "bag", "male"],
        "label_idx": {"eval": [3, 1, 2], "color": [0]},
        "partition": {
            "train": [np.array([0]), np.array([1])],
            "trainval": [np.array([0, 1]), np.array([1, 2])],
            "test": [np.array([3, 2]), np.array([0])],
        },
    }


def test_keeps_evaluated_columns_in_order(content):
    splits = convert_pickle(content, "somewhere/dataset.pkl")
    assert list(splits) == ["train", "trainval", "test"]
    test = splits["test"]
    assert test["metainfo"]["classes"] == ["male", "hat", "bag"]
    assert test["metainfo"]["source"] == "dataset.pkl"
    assert test["data_list"] == [
        {"img_path": "4.png", "gt_label": [0, 2]},
        {"img_path": "3.png", "gt_label": [1]},
    ]
    # 2 is taken as no
    assert splits["train"]["data_list"] == [{"img_path": "1.png", "gt_label": [0, 1]}]


def test_frequencies_come_from_training_split(content):
    splits = convert_pickle(content, "dataset.pkl")
    ratios = {split: s["metainfo"]["positive_ratio"] for split, s in splits.items()}
    assert ratios == {
        "train": [1.0, 1.0, 0.0],
        "trainval": [1.0, 0.5, 0.0],
        "test": [1.0, 0.5, 0.0],
    }
    del content["partition"]["trainval"]
    splits = convert_pickle(content, "dataset.pkl")
    assert splits["test"]["metainfo"]["positive_ratio"] == [1.0, 1.0, 0.0]


def test_selects_run_and_accepts_plain_partitions(content):
    splits = convert_pickle(content, "dataset.pkl", run=1)
    assert [item["img_path"] for item in splits["test"]["data_list"]] == ["1.png"]
    content["partition"] = {"trainval": np.array([0, 1]), "test": [2, 3]}
    splits = convert_pickle(content, "dataset.pkl")
    assert [item["img_path"] for item in splits["test"]["data_list"]] == [
        "3.png",
        "4.png",
    ]


def test_writes_files(content, tmp_path):
    out = tmp_path / "PETA" / "zero_shot"
    written = list(write_splits(convert_pickle(content, "dataset.pkl"), out))
    assert written == [
        (out / "train.json", 1),
        (out / "trainval.json", 2),
        (out / "test.json", 2),
    ]
    assert sorted(out.iterdir()) == sorted(path for path, _ in written)
    assert json.loads((out / "test.json").read_text())["metainfo"]["split"] == "test"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": LABELS[:3]}, r"names 4 images, its labels have shape \(3, 4\)"),
        ({"label": LABELS + 2}, "has the label"),
        ({"label_idx": {}}, r"no label_idx\.eval"),
        ({"label_idx": {"eval": [4]}}, "expected numbers from 0 to 3"),
        ({"attr_name": ["young"]}, "4 columns and 1 names"),
        ({"partition": {"test": [0]}}, "expected train or trainval"),
        ({"partition": {"train": [4]}}, "from 4 to 4: expected numbers of images"),
        ({"partition": {"train": np.zeros(0)}}, "train holds 0 numbers"),
    ],
)
def test_refuses_invalid_content(content, change, words):
    with pytest.raises(ValueError, match=words):
        convert_pickle({**content, **change}, "dataset.pkl")


def test_refuses_other_files(content):
    with pytest.raises(ValueError, match="has a list"):
        convert_pickle([], "dataset.pkl")
    del content["partition"]
    with pytest.raises(ValueError, match="no field 'partition'"):
        convert_pickle(content, "dataset.pkl")


def test_refuses_unknown_run(content):
    with pytest.raises(ValueError, match="has 2 partitions of 'train', run is 5"):
        convert_pickle(content, "dataset.pkl", run=5)
