import os

import pytest

from solider_mm.fileio.text_file import read_text, with_forward_slashes

TEXT = "bilder/größe.jpg 1\nλ/b.jpg 2\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_encodings(tmp_path, encoding):
    (tmp_path / "list.txt").write_bytes(TEXT.encode(encoding))
    assert read_text(tmp_path / "list.txt") == TEXT


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends(tmp_path, newline):
    (tmp_path / "list.txt").write_bytes(TEXT.replace("\n", newline).encode())
    assert read_text(tmp_path / "list.txt") == TEXT


def test_latin_1_is_refused_with_file_and_line(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"a.jpg\n" + "größe.jpg".encode("latin-1"))
    with pytest.raises(ValueError, match=r"list\.txt' is not valid utf-8 \(line 2, .*"):
        read_text(tmp_path / "list.txt")


def test_other_bytes_of_file_names_can_be_kept(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"a\xff.jpg\n")
    text = read_text(tmp_path / "list.txt", keep_bytes=True)
    assert os.fsencode(text) == b"a\xff.jpg\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x00\x00", b"\xff\xfea"])
def test_binary_data_are_refused(tmp_path, data):
    (tmp_path / "list.txt").write_bytes(data)
    with pytest.raises(ValueError, match=r"list\.txt' is not "):
        read_text(tmp_path / "list.txt")


def test_backslashes_become_slashes():
    assert with_forward_slashes(r"train\0001\a.jpg") == "train/0001/a.jpg"
