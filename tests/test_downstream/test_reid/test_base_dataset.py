"""Splits, labels, junk and unreadable images."""

from pathlib import Path

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from solider_mm.datasets import LoadPersonImage, UnreadableImageError
from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import Crop

CROPS = {
    "train": [(7, 1), (3, 0), (-1, 0), (7, 0)],
    "query": [(9, 2)],
    "gallery": [(-1, 1), (0, 1), (9, 0), (4, 1)],
}


class Small(ReIDBaseDataset):
    def read_parts(self, parts):
        root = Path(self.data_root)
        return {
            part: [
                Crop(root / f"{part}_{number}.png", *who)
                for number, who in enumerate(CROPS[part])
            ]
            for part in parts
        }


class OnlyJunk(ReIDBaseDataset):
    def read_parts(self, parts):
        return {part: [Crop(Path("a.jpg"), -1, 0)] for part in parts}


def _column(dataset: ReIDBaseDataset, key: str) -> list:
    return [dataset.get_data_info(index)[key] for index in range(len(dataset))]


def test_training_labels_follow_sorted_identities() -> None:
    dataset = Small(data_root="x")
    assert _column(dataset, "person_id") == [7, 3, 7]
    assert _column(dataset, "gt_label") == [1, 0, 1]
    assert _column(dataset, "camera_id") == [1, 0, 0]
    assert _column(dataset, "is_query") == [False] * 3
    assert dataset.metainfo == {"num_identities": 2, "num_cameras": 2}
    assert [dataset.get_cat_ids(index) for index in range(3)] == [[1], [0], [1]]


def test_label_offset_shifts_labels() -> None:
    assert _column(Small(data_root="x", label_offset=10), "gt_label") == [11, 10, 11]
    with pytest.raises(ValueError, match="label_offset=-1: expected 0 or"):
        Small(data_root="x", label_offset=-1)


def test_test_split_holds_queries_then_gallery() -> None:
    dataset = Small(data_root="x", split="test")
    assert _column(dataset, "person_id") == [9, 0, 9, 4]  # distractor kept, junk not
    assert _column(dataset, "is_query") == [True, False, False, False]
    assert "gt_label" not in dataset.get_data_info(0)
    assert dataset.get_cat_ids(3) == [4]
    parts = [Small(data_root="x", split=split) for split in ("query", "gallery")]
    joined = [path for part in parts for path in _column(part, "img_path")]
    assert joined == _column(dataset, "img_path")


def test_refuses_unknown_split_and_junk_only() -> None:
    with pytest.raises(ValueError, match="split 'val' is unknown: expected one of tr"):
        Small(data_root="x", split="val")
    with pytest.raises(ValueError, match="its 1 images are all junk"):
        OnlyJunk(data_root="x")
    with pytest.raises(NotImplementedError):
        ReIDBaseDataset(data_root="x")


@pytest.mark.parametrize("load", [LoadPersonImage(), LoadImageFromFile()])
@pytest.mark.parametrize("content", [None, b"", b"no image"])
def test_error_names_unreadable_image(tmp_path: Path, load, content) -> None:
    dataset = Small(data_root=tmp_path, pipeline=[load])
    Image.fromarray(np.zeros((4, 2, 3), np.uint8)).save(tmp_path / "train_1.png")
    assert dataset[1]["img"].shape == (4, 2, 3)
    if content is not None:
        (tmp_path / "train_0.png").write_bytes(content)
    with pytest.raises(UnreadableImageError, match=r"train_0\.png' cannot be used \("):
        dataset[0]
