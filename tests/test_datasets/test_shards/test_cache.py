"""Files are fetched once, completely, and within the size of the cache."""

import os
import pickle
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from solider_mm.datasets import ShardCache
from solider_mm.datasets.shards import cache as shard_cache


@pytest.fixture
def served(tmp_path: Path, server) -> Path:
    for i in range(4):
        (tmp_path / "served" / f"{i}.tar").write_bytes(bytes([i]) * 1000)
    return tmp_path / "served"


@pytest.fixture
def cache(tmp_path: Path) -> ShardCache:
    return ShardCache(tmp_path / "kept", max_bytes=2500)


def kept(cache: ShardCache) -> set[str]:
    """Names of the files in the cache, without the hash of their URL."""
    files = (file.name.partition("-")[2] for file in cache.folder.glob("*-*"))
    return {name.removesuffix(".fetched") for name in files if "lock" not in name}


def test_file_is_fetched_once(server, served, cache) -> None:
    for _ in range(2):
        file = cache.fetch(f"{server.url}/1.tar")
        assert file.read_bytes() == b"\x01" * 1000
    assert server.asked == ["1.tar"]
    assert cache.fetch(f"{server.url}/1.tar", refresh=True) == file
    assert server.asked == ["1.tar"] * 2


def test_equal_names_in_two_folders_differ(server, served, cache) -> None:
    (served / "a").mkdir()
    (served / "a" / "1.tar").write_bytes(b"another")
    files = [cache.fetch(f"{server.url}/{name}") for name in ("1.tar", "a/1.tar")]
    assert files[0].read_bytes() != files[1].read_bytes()


def test_least_recently_opened_files_are_removed(server, served, cache) -> None:
    foreign = cache.folder / "mine.txt"
    cache.folder.mkdir()
    foreign.write_bytes(b"x" * 5000)  # a foreign file: neither counted nor removed
    files = [cache.fetch(f"{server.url}/{i}.tar") for i in (0, 1)]
    for age, file in zip((20, 30), files, strict=True):
        os.utime(file, ns=(age, age))
    cache.fetch(f"{server.url}/0.tar")  # used again: now the later one
    cache.fetch(f"{server.url}/2.tar")
    assert kept(cache) == {"0.tar", "2.tar"}
    assert sum(f.stat().st_size for f in cache.folder.glob("*.fetched")) <= 2500
    assert foreign.exists()


def test_temporary_files_of_killed_processes_are_removed(server, served, cache) -> None:
    cache.folder.mkdir()
    left = cache.folder / ".0123456789abcdef-9.tar.01234567.tmp.fetched"
    left.write_bytes(b"x" * 2000)
    os.utime(left, ns=(1, 1))
    cache.fetch(f"{server.url}/0.tar")
    assert not left.exists()


def test_larger_than_the_cache(server, served, tmp_path) -> None:
    cache = ShardCache(tmp_path / "kept", max_bytes=999)
    with pytest.raises(
        ValueError, match=r"1000 bytes, more than the 999 .* raise shard"
    ):
        cache.fetch(f"{server.url}/0.tar")
    assert not kept(cache)


def test_default_folder(monkeypatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", "/c")
    assert ShardCache().folder == Path("/c/shards")


def test_another_size_is_fetched_again(server, served, cache) -> None:
    cache.fetch(f"{server.url}/0.tar", 1000)
    (served / "0.tar").write_bytes(b"new")
    assert cache.fetch(f"{server.url}/0.tar", 1000).stat().st_size == 1000
    assert cache.fetch(f"{server.url}/0.tar", 3).read_bytes() == b"new"
    with pytest.raises(ConnectionError, match="has 3 bytes, its index says 4"):
        cache.fetch(f"{server.url}/0.tar", 4)


def test_absent_file(server, served, cache) -> None:
    with pytest.raises(FileNotFoundError, match=r"/9\.tar does not exist: .*404"):
        cache.fetch(f"{server.url}/9.tar")
    assert server.asked == ["9.tar"]  # not tried again
    assert not kept(cache)


def test_broken_connection(server, served, cache, monkeypatch) -> None:
    url = f"{server.url}/0.tar"
    server.broken = True
    with pytest.raises(ConnectionError, match="cannot be fetched: IncompleteRead"):
        cache.fetch(url)
    assert not kept(cache)
    assert len(server.asked) == 3
    # It is tried again after a pause.
    with pytest.raises(ConnectionError, match="IncompleteRead"):
        pickle.loads(pickle.dumps(cache)).fetch(url)
    assert len(server.asked) == 3
    server.broken = False
    monkeypatch.setattr(shard_cache, "_PAUSE", 0.0)
    assert cache.fetch(url).stat().st_size == 1000


def test_no_server(tmp_path, monkeypatch, cache) -> None:
    monkeypatch.setattr(shard_cache, "_WAITS", ())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ConnectionError, match=r"cannot be fetched: .*refused"):
        cache.fetch("http://127.0.0.1:1/0.tar")


def test_silent_server(tmp_path, monkeypatch, cache) -> None:
    """It accepts the connection and never answers."""
    monkeypatch.setattr(shard_cache, "_WAITS", ())
    monkeypatch.setattr(shard_cache, "_SILENCE", 0.2)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/0.tar"
        with pytest.raises(ConnectionError, match=r"cannot be fetched: .*timed out"):
            cache.fetch(url)


def test_unknown_scheme(cache) -> None:
    with pytest.raises(
        ValueError, match=r"has a scheme that mmengine\.fileio does not know"
    ):
        cache.fetch("gopher://host/0.tar")


def test_full_disk(server, served, cache, monkeypatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shard_cache, "atomic_file", full)
    with pytest.raises(OSError, match="No space left"):
        cache.fetch(f"{server.url}/0.tar")
    with pytest.raises(OSError, match="No space left"):
        cache.fetch(f"{server.url}/0.tar")
    assert server.asked == ["0.tar"]


def test_threads_fetch_once(server, served, cache) -> None:
    threads = [
        threading.Thread(target=cache.fetch, args=(f"{server.url}/0.tar",))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == ["0.tar"]


@pytest.mark.slow
def test_processes_fetch_once(root, server, served, tmp_path) -> None:
    """After the slow imports, the processes wait for each other."""
    program = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from solider_mm.datasets import ShardCache
        folder = Path({str(tmp_path)!r})
        (folder / f"ready{{sys.argv[1]}}").touch()
        while not all((folder / f"ready{{i}}").exists() for i in range(2)):
            time.sleep(0.001)
        for i in range(4):
            ShardCache(folder / "kept").fetch(f"{server.url}/{{i}}.tar")
        """
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(i)], cwd=root)
        for i in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert sorted(server.asked) == [f"{i}.tar" for i in range(4)]
