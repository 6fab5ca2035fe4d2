"""Listing crops and checking that they exist."""

from pathlib import Path

import pytest

from solider_mm.downstream.reid.crops import Crop, list_images, require_files


def test_images_come_by_name_without_the_rest(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("2.jpg", "1.PNG", "Thumbs.db", "._1.jpg", "b/0.jpeg"):
        (tmp_path / name).touch()
    assert list_images(tmp_path) == ["1.PNG", "2.jpg", "b/0.jpeg"]


def test_missing_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere' does not exist: expected"):
        list_images(tmp_path / "nowhere")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="holds no image: expected"):
        list_images(tmp_path)


def test_missing_files_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    crops = [Crop(tmp_path / name, 1, 0) for name in ("a.jpg", "b.jpg", "c.jpg")]
    require_files(crops[:1], tmp_path)
    with pytest.raises(FileNotFoundError, match=r"2 images .* first is .*b\.jpg'"):
        require_files(crops, tmp_path)
