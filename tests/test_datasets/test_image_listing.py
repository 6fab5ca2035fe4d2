"""Folders, list files and LMDBs are listed completely, once, in a fixed order."""

import os

import pytest

from solider_mm.datasets.image_listing import list_file, list_folder, list_lmdb
from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.lmdb_writing import write_lmdb


def make(root, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def test_order_is_by_name_files_before_folders(tmp_path) -> None:
    make(tmp_path, "b/1.jpg", "c.jpg", "a/x/1.jpg", "a/2.jpg", "a.jpg")
    names = list(list_folder(tmp_path).names)
    assert names == [b"a.jpg", b"c.jpg", b"a/2.jpg", b"a/x/1.jpg", b"b/1.jpg"]


def test_pattern_must_match_the_whole_name(tmp_path) -> None:
    make(tmp_path, "im1.jpg", "xim1.jpg", "im2.jpg.png", "sub/im3.jpg")
    names = list(list_folder(tmp_path, r"im\d\.jpg").names)
    assert names == [b"im1.jpg", b"sub/im3.jpg"]


def test_linked_folders_are_followed_once(tmp_path) -> None:
    make(tmp_path, "real/1.jpg")
    (tmp_path / "real" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "other").symlink_to(tmp_path / "real", target_is_directory=True)
    assert len(list_folder(tmp_path).names) == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_list_file(tmp_path, newline) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(newline.join(["a b.jpg", "", " c/d.jpg "]).encode())
    assert list(list_file(file).names) == [b"a b.jpg", b"c/d.jpg"]


def test_lmdb_keys(tmp_path) -> None:
    make(tmp_path, "b.jpg", "a.jpg")
    images = [(name.encode(), tmp_path / name) for name in ("b.jpg", "a.jpg")]
    write_lmdb(images, tmp_path / "out")
    assert list(list_lmdb(LmdbImages(tmp_path / "out")).names) == [b"a.jpg", b"b.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_list_file_in_unicode_keeps_the_first_image(tmp_path, encoding) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes("λ/ü.jpg\nb.jpg\n".encode(encoding))
    assert list(list_file(file).names) == ["λ/ü.jpg".encode(), b"b.jpg"]


def test_list_file_with_backslashes(tmp_path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"train\\0001\\a.jpg\r\n")
    assert list(list_file(file).names) == [b"train/0001/a.jpg"]


def test_list_file_keeps_names_that_are_not_unicode(tmp_path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"gr\xf6\xdfe.jpg\n")
    assert list(list_file(file).names) == [b"gr\xf6\xdfe.jpg"]


def test_broken_links_and_pipes_are_skipped(tmp_path) -> None:
    make(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / "b.jpg")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "c.jpg").symlink_to("nowhere.jpg")
    assert list(list_folder(tmp_path).names) == [b"a.jpg"]
