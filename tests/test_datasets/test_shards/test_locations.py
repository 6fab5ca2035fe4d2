"""A folder and a URL answer alike."""

import shutil
from pathlib import Path

import pytest

from solider_mm.datasets import ShardCache
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl


@pytest.fixture
def folder(tmp_path: Path) -> ShardFolder:
    for name in ("1.tar", "0.tar", "shards.index", "0.tar.tmp", "note.txt"):
        (tmp_path / "lup" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "lup" / name).write_bytes(name.encode())
    return ShardFolder(tmp_path / "lup")


@pytest.fixture
def url(folder: ShardFolder, server, tmp_path: Path) -> ShardUrl:
    shutil.copytree(folder.folder, tmp_path / "served" / "lup")
    return ShardUrl(f"{server.url}/lup", ShardCache(tmp_path / "kept"))


def test_folder(folder) -> None:
    assert folder.names() == [b"0.tar", b"1.tar"]
    assert folder.index_file() == folder.folder / "shards.index"
    assert folder.modified([b"1.tar"]) == [(folder.folder / "1.tar").stat().st_mtime_ns]
    with folder.open(b"1.tar", 5) as file:
        assert file.readall() == b"1.tar"
    with pytest.raises(
        OSError, match="has 5 bytes, its index says 6: it was truncated"
    ):
        folder.open(b"1.tar", 6)
    with pytest.raises(FileNotFoundError):
        folder.open(b"2.tar", 5)
    (folder.folder / "shards.index").unlink()
    assert folder.index_file() is None


def test_url(url, server, tmp_path) -> None:
    assert url.names() == url.modified([b"1.tar"]) == []
    assert url.index_file().read_bytes() == b"shards.index"
    with url.open(b"1.tar", 5) as file:
        assert file.readall() == b"1.tar"
    with pytest.raises(ConnectionError, match="has 5 bytes, its index says 6"):
        url.open(b"1.tar", 6)
    with pytest.raises(FileNotFoundError, match=r"2\.tar does not exist"):
        url.open(b"2.tar", 5)
    assert server.asked == ["shards.index", "1.tar", "1.tar", "2.tar"]


def test_removed_between_fetching_and_opening(url, server, monkeypatch) -> None:
    fetch = url.cache.fetch
    calls = []

    def removed_once(*given: object) -> Path:
        file = fetch(*given)
        if not calls:
            file.unlink()
        calls.append(file)
        return file

    monkeypatch.setattr(url.cache, "fetch", removed_once)
    with url.open(b"0.tar", 5) as file:
        assert file.readall() == b"0.tar"
    assert server.asked == ["0.tar", "0.tar"]
