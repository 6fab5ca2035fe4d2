"""Images are read back from an LMDB unchanged, in every process."""

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest

from solider_mm.datasets import LmdbImages, write_lmdb
from solider_mm.datasets import lmdb_writing as module


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[bytes, Path]]:
    for i in range(5):
        (tmp_path / f"{i}.jpg").write_bytes(bytes([i]) * 1000)
    return [(b"%d" % i, tmp_path / f"{i}.jpg") for i in range(5)]


def test_round_trip(files, tmp_path) -> None:
    assert write_lmdb(files, tmp_path / "out") == 5
    store = LmdbImages(tmp_path / "out")
    assert len(store) == 5
    assert all(store.read(key) == path.read_bytes() for key, path in files)
    assert not (tmp_path / "out.partial").exists()
    with pytest.raises(KeyError, match="nothing"):
        store.read(b"nothing")


def test_map_size_grows(files, tmp_path, monkeypatch) -> None:
    real = lmdb.open
    monkeypatch.setattr(lmdb, "open", lambda p, **k: real(p, **{**k, "map_size": 8192}))
    assert write_lmdb(files, tmp_path / "out") == 5


def test_interrupted_writing_continues(files, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "_COMMIT_EVERY", 2)

    def interrupted() -> Iterator[tuple[bytes, Path]]:
        yield from files[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lmdb(interrupted(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    files[0][1].unlink()  # already in: not read again
    assert write_lmdb(files, tmp_path / "out") == 5


def test_two_readers_and_a_forked_one(files, tmp_path) -> None:
    write_lmdb(files, tmp_path / "out")
    first, second = LmdbImages(tmp_path / "out"), LmdbImages(tmp_path / "out")
    assert first.read(b"1") == second.read(b"1")
    child = os.fork()
    if child == 0:
        os._exit(0 if first.read(b"2") == b"\x02" * 1000 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert second.read(b"3") == b"\x03" * 1000


def test_refuses_absent_foreign_and_empty_data(files, tmp_path, monkeypatch) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist: expected"):
        LmdbImages(tmp_path / "none")
    (tmp_path / "wrong").mkdir()
    with pytest.raises(ValueError, match="is not an LMDB of images"):
        LmdbImages(tmp_path / "wrong")
    (tmp_path / "wrong" / "data.mdb").write_bytes(b"x" * 9000)
    with pytest.raises(ValueError, match="is not an LMDB of images"):
        LmdbImages(tmp_path / "wrong")
    with pytest.raises(FileExistsError, match="choose another name"):
        write_lmdb(files, tmp_path / "wrong")
    with pytest.raises(ValueError, match="512 bytes"):
        write_lmdb([(b"k" * 512, files[0][1])], tmp_path / "long")
    with pytest.raises(ValueError, match="no image"):
        write_lmdb([], tmp_path / "empty")
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(ImportError, match="pip install lmdb"):
        LmdbImages(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_lmdb_is_refused(files, tmp_path, share) -> None:
    """Reading it would end the process with SIGBUS."""
    write_lmdb([(b"%d" % i, files[i % 5][1]) for i in range(50)], tmp_path / "out")
    data = tmp_path / "out" / "data.mdb"
    content = data.read_bytes()
    (tmp_path / "cut").mkdir()
    cut = tmp_path / "cut" / "data.mdb"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"data\.mdb' is truncated.*expected at least"):
        LmdbImages(tmp_path / "cut")
    with pytest.raises(ValueError, match="is truncated"):
        LmdbImages(cut)


def test_lmdb_of_pickles_is_named(tmp_path) -> None:
    environment = lmdb.open(str(tmp_path / "out"), map_size=1 << 20)
    with environment.begin(write=True) as transaction:
        transaction.put(b"0001", pickle.dumps((b"image", 7)))
    environment.close()
    with pytest.raises(ValueError, match=r"contains pickles, the first is '0001'"):
        LmdbImages(tmp_path / "out")
