import os
from pathlib import Path

import pytest

from solider_mm.fileio.images import (
    is_image_name,
    list_images,
    walk_images,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", True),
        ("folder/A.JPEG", True),
        (b"a.Png", True),
        (Path("a.webp"), True),
        ("._a.jpg", False),
        ("a/.hidden.png", False),
        (".hidden/a.png", True),
        ("a.txt", False),
        ("jpg", False),
        (".jpg", False),
        ("", False),
    ],
)
def test_image_names(name, expected):
    assert is_image_name(name) is expected


def test_lists_files_and_folders(folder):
    found = list_images([folder / "c.png", folder])
    names = [str(path.relative_to(folder)) for path in found]
    assert names == ["c.png", "b/a.JPG", "b/z.bmp", "broken.png", "c.png"]


def test_missing_and_empty_paths_are_named(folder):
    with pytest.raises(FileNotFoundError, match="absent does not exist"):
        list_images([folder / "absent"])
    (folder / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty contains no image"):
        list_images([folder / "empty"])


def test_hidden_files_are_skipped(folder):
    (folder / "b" / "._a.JPG").touch()
    (folder / ".trash").mkdir()
    (folder / ".trash" / "a.png").touch()
    names = [path.name for path in list_images([folder])]
    assert names == ["a.JPG", "z.bmp", "broken.png", "c.png"]


def test_link_loops_end(folder):
    (folder / "b" / "up").symlink_to(folder)
    names = [path.name for path in list_images([folder])]
    assert names == ["a.JPG", "z.bmp", "broken.png", "c.png"]


def test_entries_that_cannot_be_read_are_skipped_and_named(folder):
    os.mkfifo(folder / "pipe.jpg")
    (folder / "self").symlink_to("self")
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    warnings = []
    names = [path.name for path in list_images([folder], warnings.append)]
    assert names == ["a.JPG", "z.bmp", "broken.png", "c.png"]
    (warning,) = warnings
    assert "pipe.jpg' (not a regular file)" in warning
    assert "self' (Too many levels of symbolic links)" in warning
    assert "gone.jpg' (broken link)" in warning


def test_unreadable_folder_is_skipped_and_named(folder, monkeypatch):
    (folder / "lost+found").mkdir()
    scandir = os.scandir

    def refuse(path):
        if path.endswith(b"lost+found"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    warnings = []
    assert len(list_images([folder], warnings.append)) == 4
    assert "lost+found' (Permission denied)" in warnings[0]


def test_many_skipped_entries_are_counted(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.jpg").symlink_to("nowhere.jpg")
    warnings = []
    list(walk_images(tmp_path, warnings.append))
    assert len(warnings) == 1 and warnings[0].endswith(" and 2 more.")


def test_unreadable_root_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(walk_images(tmp_path / "absent"))


def test_pipe_given_as_image_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"a\.jpg is prw.* expected an image file"):
        list_images([tmp_path / "a.jpg"])
