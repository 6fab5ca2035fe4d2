"""A file or folder appears under its name only once it is complete."""

import pytest

from solider_mm.fileio.atomic import (
    atomic_file,
    atomic_folder,
    atomic_path,
    temporary_files,
)


def test_file_appears_at_the_end(tmp_path) -> None:
    file = tmp_path / "new" / "a.tar"
    with atomic_file(file) as stream:
        stream.write(b"content")
        assert not file.exists()
        (temporary,) = temporary_files(file.parent)
        assert temporary.name.startswith(".a.") and temporary.suffix == ".tar"
    assert file.read_bytes() == b"content"
    assert list(file.parent.iterdir()) == [file]


def test_file_has_the_permissions_of_other_new_files(tmp_path) -> None:
    """`mkstemp` would create a file that only its owner can read."""
    with atomic_file(tmp_path / "a"):
        pass
    (tmp_path / "plain").touch()
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_refuses_folder_as_file(tmp_path) -> None:
    """Before the content is computed and written."""
    (tmp_path / "a.png").mkdir()
    with (
        pytest.raises(IsADirectoryError, match=r"a\.png' is a folder: expected the"),
        atomic_path(tmp_path / "a.png"),
    ):
        pytest.fail("The block was entered.")
    assert temporary_files(tmp_path) == []


def test_interruption_keeps_the_old_file(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "a") as stream:
        stream.write(b"new")
        raise KeyboardInterrupt
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_failed_write_to_a_path_keeps_the_old_file(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="disk full"), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise OSError("disk full")
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_temporary_files_are_recognized_by_name(tmp_path) -> None:
    left = [tmp_path / name for name in (".a.0123abcd.tmp", ".b.c.0123abcd.tmp.tar")]
    for file in (*left, tmp_path / "a.tmp", tmp_path / ".a.tmp", tmp_path / "a.tar"):
        file.touch()
    assert temporary_files(tmp_path) == left


def test_folder_appears_at_the_end(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "new" / "a", tmp_path / "empty"):
        with atomic_folder(path) as folder:
            (folder / "file").write_text("content")
            assert not (path / "file").exists()
        assert (path / "file").read_text() == "content"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "new"]


@pytest.mark.parametrize(("resumable", "left"), [(False, []), (True, ["a.partial"])])
def test_interrupted_folder(tmp_path, resumable, left) -> None:
    manager = atomic_folder(tmp_path / "a", resumable=resumable)
    with pytest.raises(KeyboardInterrupt), manager as folder:
        (folder / "first").touch()
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == left


def test_interrupted_folder_is_resumed(tmp_path) -> None:
    with pytest.raises(ValueError), atomic_folder(tmp_path / "a", resumable=True) as f:
        (f / "first").touch()
        raise ValueError
    with atomic_folder(tmp_path / "a", resumable=True) as folder:
        assert [path.name for path in folder.iterdir()] == ["first"]
    assert (tmp_path / "a" / "first").exists()


def test_refuses_to_replace_a_folder_with_content(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    for path in (tmp_path / "a", tmp_path / "a" / "file"):
        with (
            pytest.raises(FileExistsError, match="exists: expected a new"),
            atomic_folder(path),
        ):
            pass
