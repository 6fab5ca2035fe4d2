"""A file is there when it is whole, and only then."""

import pytest

from solider_mm.fileio.atomic import atomic_file


def test_appears_at_the_end(tmp_path) -> None:
    file = tmp_path / "a.tar"
    with atomic_file(file) as stream:
        stream.write(b"content")
        assert not file.exists()
    assert file.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [file]


def test_others_may_read_it(tmp_path) -> None:
    """Data sets are shared; a file of ``mkstemp`` would be for its owner alone."""
    with atomic_file(tmp_path / "a"):
        pass
    (tmp_path / "plain").touch()
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_interrupted_writing_keeps_the_old_file(tmp_path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "a") as stream:
        stream.write(b"new")
        raise KeyboardInterrupt
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
