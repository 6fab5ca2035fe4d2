"""Market-1501: names, splits, and what the authors' class lists."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import DATASETS

from solider_mm.downstream.reid import Market1501

FOLDERS = {
    "train": "bounding_box_train",
    "query": "query",
    "gallery": "bounding_box_test",
}
NAMES = {
    "train": ["0007_c1s1_000001_00.jpg", "0002_c2s1_000001_00.jpg", "Thumbs.db"],
    "query": ["0003_c6s1_000001_00.jpg"],
    "gallery": [
        "0003_c1s1_000001_00.jpg",
        "0000_c1s1_000001_00.jpg",
        "-1_c1s1_000001_00.jpg",
    ],
}


def _write(root: Path, names: dict = NAMES) -> Path:
    for part, folder in FOLDERS.items():
        (root / folder).mkdir(parents=True)
        for name in names[part]:
            (root / folder / str(name)).touch()
    return root


def _column(dataset: Market1501, key: str) -> list:
    return [dataset.get_data_info(index)[key] for index in range(len(dataset))]


def _names(dataset: Market1501) -> list[str]:
    return [Path(path).name for path in _column(dataset, "img_path")]


def test_reads_splits(tmp_path: Path) -> None:
    # A folder that looks like a person's camera, and one level above the data set.
    root = _write(tmp_path / "0005_c2s1" / "market1501")
    train = Market1501(data_root=root)
    assert _column(train, "person_id") == [2, 7]
    assert _column(train, "gt_label") == [0, 1]
    assert _column(train, "camera_id") == [1, 0]
    test = Market1501(data_root=root.parent, split="test")
    assert _column(test, "person_id") == [3, 0, 3]
    assert _column(test, "camera_id") == [5, 0, 0]
    assert _column(test, "is_query") == [True, False, False]


@pytest.mark.parametrize("split", ["train", "query", "gallery"])
def test_matches_official_lists(tmp_path: Path, golden_dir: Path, split: str) -> None:
    golden = np.load(golden_dir / "reid_metrics.npz")
    names = {part: golden[f"raw_{part}_names"] for part in FOLDERS}
    dataset = Market1501(data_root=_write(tmp_path, names), split=split)
    assert _names(dataset) == golden[f"listed_{split}_names"].tolist()
    cameras = golden["listed_train_camid" if split == "train" else f"{split}_camid"]
    assert _column(dataset, "camera_id") == cameras.tolist()
    if split != "train":
        assert _column(dataset, "person_id") == golden[f"{split}_pid"].tolist()
        return
    labels = golden["listed_train_pid"].tolist()
    pairs = set(zip(_column(dataset, "gt_label"), labels, strict=True))
    # The official numbers follow a Python set; ours name the same people.
    assert len(pairs) == dataset.metainfo["num_identities"] == len(set(labels))


def test_reads_real_images(shared: Path) -> None:
    root = shared / "data/market1501"
    if not root.is_dir():
        pytest.skip(f"no images at {root}")
    train = Market1501(data_root=root)
    assert (len(train), train.metainfo["num_identities"]) == (7770, 450)
    assert set(_column(train, "gt_label")) == set(range(450))
    assert set(_column(train, "camera_id")) == set(range(6))
    is_query = _column(Market1501(data_root=root, split="test"), "is_query")
    assert is_query == [True] * 635 + [False] * 1968


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("holiday.jpg", r"holiday\.jpg' is not a crop of Market-1501: .*'0002_c1s1"),
        ("0001_c0s1_000001_00.jpg", r"0001_c0s1_.* has camera 0: expected 1"),
    ],
)
def test_refuses_invalid_name(tmp_path: Path, name: str, message: str) -> None:
    _write(tmp_path, {**NAMES, "query": [name]})
    with pytest.raises(ValueError, match=message):
        Market1501(data_root=tmp_path, split="test")
    assert len(Market1501(data_root=tmp_path)) == 2


def test_refuses_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"bounding_box_train.*SOLIDER_MM_DATA"):
        Market1501(data_root=tmp_path)
    _write(tmp_path, {part: [] for part in FOLDERS})
    with pytest.raises(ValueError, match=r"bounding_box_train' has no image"):
        Market1501(data_root=tmp_path)


def test_builds_from_config(tmp_path: Path) -> None:
    config = dict(type="solider_mm.Market1501", data_root=str(_write(tmp_path)))
    assert isinstance(DATASETS.build(config), Market1501)
