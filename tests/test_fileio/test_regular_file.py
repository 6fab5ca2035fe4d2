import os

import pytest

from solider_mm.fileio.regular_file import read_regular_file


def test_reads_a_file_and_a_link_to_it(tmp_path):
    (tmp_path / "a").write_bytes(b"\r\n\x00")
    (tmp_path / "b").symlink_to("a")
    assert read_regular_file(tmp_path / "a") == b"\r\n\x00"
    assert read_regular_file(str(tmp_path / "b")) == b"\r\n\x00"


def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe' is not a regular file: expected"):
        read_regular_file(tmp_path / "pipe")


def test_missing_files_and_folders_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_regular_file(tmp_path / "absent")
    with pytest.raises(OSError):
        read_regular_file(tmp_path)
