"""The layouts find their images, and Market-1501 names tell who and where."""

import re

import pytest

from solider_mm.datasets import market1501_name
from solider_mm.datasets.layouts import LAYOUTS, find_image_folder


@pytest.mark.parametrize(
    ("name", "identity", "camera"),
    [
        ("0002_c1s1_000451_03.jpg", 2, 1),
        ("-1_c3s2_000001_00.jpg", -1, 3),
        ("some/folder/1501_c6s4_001902_01.png", 1501, 6),
        ("0007_c12_0001.jpg", 7, 12),
    ],
)
def test_market1501_name(name: str, identity: int, camera: int) -> None:
    assert market1501_name(name) == (identity, camera)


@pytest.mark.parametrize("name", ["0002.jpg", "a_c1.jpg", "0002_c1s1_0_0.txt"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected the Market-1501 form"):
        market1501_name(name)


@pytest.mark.parametrize("home", ["", "market1501", "Market-1501-v15.09.15"])
def test_root_may_hold_or_be_the_data_set(tmp_path, home: str) -> None:
    folder = tmp_path / home / "query"
    folder.mkdir(parents=True)
    assert find_image_folder(tmp_path, "market1501", "query") == folder


def test_refusals(tmp_path) -> None:
    with pytest.raises(ValueError, match="'duke' is unknown: expected one of folder"):
        find_image_folder(tmp_path, "duke", None)
    with pytest.raises(ValueError, match="expected one of train, query, test"):
        find_image_folder(tmp_path, "market1501", "val")
    with pytest.raises(FileNotFoundError, match="SOLIDER_MM_DATA"):
        find_image_folder(tmp_path, "market1501", None)


@pytest.mark.parametrize(
    ("layout", "name"),
    [("market1501", "0002_c1s1_000451_03"), ("lspet", "im00001"), ("ccp", "0001")],
)
def test_layouts_accept_all_image_suffixes_in_any_case(layout, name):
    pattern = re.compile(LAYOUTS[layout].pattern)
    for suffix in (".jpg", ".JPG", ".Jpeg", ".png", ".webp"):
        assert pattern.fullmatch(name + suffix)
    assert not pattern.fullmatch(name + ".txt")
    assert not pattern.fullmatch("._" + name + ".jpg")
