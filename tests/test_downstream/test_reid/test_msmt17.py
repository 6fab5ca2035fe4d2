"""MSMT17 in both editions' folders."""

from pathlib import Path

import pytest
from mmengine.registry import DATASETS

from solider_mm.downstream.reid import MSMT17

LISTS = {
    "train": ["0000/0000_000_01_0303morning_0015_0.jpg 0", ""],
    "val": [
        "0001/0001_003_15_0303noon_0002_1.jpg 1",
        "0000/0000_002_03_x.jpg 0",
    ],
    "query": ["0000/0000_000_05_0303morning_0015_0.jpg 0"],
    "gallery": [
        "0000/0000_001_14_0303noon_0015_0.jpg 0",
        "0009/0009_001_01_0303noon_0015_0.jpg 9",
    ],
}


def _write(root: Path, train: str, test: str, lists: dict = LISTS) -> Path:
    for name, lines in lists.items():
        folder = root / (train if name in ("train", "val") else test)
        folder.mkdir(parents=True, exist_ok=True)
        (root / f"list_{name}.txt").write_text("\n".join(lines))
        for line in filter(None, lines):
            image = folder / line.rpartition(" ")[0]
            image.parent.mkdir(exist_ok=True)
            image.touch()
    return root


def _columns(dataset: MSMT17, *keys: str) -> list[tuple]:
    infos = map(dataset.get_data_info, range(len(dataset)))
    return [tuple(info[key] for key in keys) for info in infos]


@pytest.mark.parametrize(
    ("home", "train", "test"),
    [
        ("MSMT17", "train", "test"),
        ("MSMT17_V2", "mask_train_v2", "mask_test_v2"),
        ("_c2_", "train", "test"),
    ],
)
def test_reads_splits(tmp_path: Path, home: str, train: str, test: str) -> None:
    root = _write(tmp_path / home, train, test)
    dataset = MSMT17(data_root=root if home == "_c2_" else tmp_path)
    # list_train and list_val together; the camera is the third field, from 0.
    assert _columns(dataset, "gt_label", "camera_id") == [(0, 0), (1, 14), (0, 2)]
    assert Path(dataset.get_data_info(0)["img_path"]).is_relative_to(root / train)
    dataset = MSMT17(data_root=root, split="test")
    assert _columns(dataset, "person_id", "camera_id", "is_query") == [
        (0, 4, True),
        (0, 13, False),
        (9, 0, False),
    ]
    assert Path(dataset.get_data_info(0)["img_path"]).is_relative_to(root / test)


@pytest.mark.parametrize(
    "line", ["a.jpg 3", "0000_000_01.jpg", "0000_000_xx_1.jpg 0", "0_0_00_1.jpg 0"]
)
def test_refuses_invalid_line(tmp_path: Path, line: str) -> None:
    _write(tmp_path, "train", "test")
    with (tmp_path / "list_val.txt").open("a") as file:
        file.write(f"\n{line}")
    with pytest.raises(
        ValueError, match=rf"line 3 of .*list_val\.txt' is '{line}': ex"
    ):
        MSMT17(data_root=tmp_path)


def test_refuses_missing_identity(tmp_path: Path) -> None:
    _write(tmp_path, "train", "test", LISTS | {"val": ["0003/0003_0_01_1.jpg 3"]})
    with pytest.raises(ValueError, match=r"reach to 3, but 2 have no image, .* is 1"):
        MSMT17(data_root=tmp_path)


def test_refuses_incomplete_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no MSMT17: .* MSMT17_V2"):
        MSMT17(data_root=tmp_path)
    _write(tmp_path, "train", "elsewhere")
    with pytest.raises(FileNotFoundError, match=r"no test images: .* mask_test_v2"):
        MSMT17(data_root=tmp_path, split="test")
    (tmp_path / "train/0001/0001_003_15_0303noon_0002_1.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 images listed in .*list_val\.txt'"):
        MSMT17(data_root=tmp_path)
    (tmp_path / "list_val.txt").write_text("")
    with pytest.raises(ValueError, match=r"list_val\.txt' is empty"):
        MSMT17(data_root=tmp_path)
    (tmp_path / "list_val.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"list_val\.txt' does not exist"):
        MSMT17(data_root=tmp_path)


def test_builds_from_config(tmp_path: Path) -> None:
    root = _write(tmp_path, "train", "test")
    config = dict(type="solider_mm.MSMT17", data_root=str(root), split="query")
    assert len(DATASETS.build(config)) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_list_in_unicode_with_backslashes_and_upper_case(
    tmp_path: Path, encoding: str
) -> None:
    root = _write(tmp_path, "train", "test")
    file = root / "list_query.txt"
    line = file.read_text().splitlines()[0]
    image = root / "test" / line.split()[0]
    image.rename(image.with_suffix(".JPG"))
    changed = line.replace("/", "\\").replace(".jpg", ".JPG")
    file.write_bytes(f"{changed}\r\n".encode(encoding))
    dataset = MSMT17(data_root=root, split="query")
    path = Path(dataset.get_data_info(0)["img_path"])
    assert path == image.with_suffix(".JPG")
