"""Listing crops and checking that they exist."""

from pathlib import Path

import pytest

from solider_mm.downstream.reid.crops import Crop, list_images, require_files


def test_lists_only_images_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("2.jpg", "1.PNG", "Thumbs.db", "._1.jpg", "b/0.jpeg"):
        (tmp_path / name).touch()
    assert list_images(tmp_path) == ["1.PNG", "2.jpg", "b/0.jpeg"]


def test_refuses_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere' does not exist: expected"):
        list_images(tmp_path / "nowhere")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="has no image: expected"):
        list_images(tmp_path)


def test_error_counts_missing_files_and_names_first(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    crops = [Crop(tmp_path / name, 1, 0) for name in ("a.jpg", "b.jpg", "c.jpg")]
    require_files(crops[:1], tmp_path)
    with pytest.raises(FileNotFoundError, match=r"2 images .* first is .*b\.jpg'"):
        require_files(crops, tmp_path)
