"""Shards are found by folder, pattern and URL, and listed by index or headers."""

import os
import shutil
from pathlib import Path

import pytest

from solider_mm.datasets import ShardCache, write_shards
from solider_mm.datasets.shards import listing as shard_listing
from solider_mm.datasets.shards.listing import (
    expand_braces,
    list_shards,
    split_location,
)
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl

INDEX = "shards.index"


@pytest.fixture(autouse=True)
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Names of the shards whose headers are read."""
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    read: list[bytes] = []
    scan = shard_listing.scan_shard

    def noted(file: Path, name: bytes) -> object:
        read.append(name)
        return scan(file, name)

    monkeypatch.setattr(shard_listing, "scan_shard", noted)
    return read


@pytest.fixture
def folder(tmp_path: Path, encoded) -> Path:
    """Four shards of three, three, three and one image, with their index."""
    write_shards(encoded, tmp_path / "lup", images_per_shard=3)
    return tmp_path / "lup"


@pytest.fixture
def url(folder: Path, tmp_path: Path, server) -> ShardUrl:
    shutil.copytree(folder, tmp_path / "served" / "lup")
    return ShardUrl(f"{server.url}/lup", ShardCache())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.tar", ["a.tar"]),
        ("{8..11}", ["8", "9", "10", "11"]),
        ("{008..010}.tar", ["008.tar", "009.tar", "010.tar"]),
        ("{0..1}/{2..3}", ["0/2", "0/3", "1/2", "1/3"]),
        ("{a,b}", ["{a,b}"]),
        ("{2..1}", []),
    ],
)
def test_braces(pattern, expected) -> None:
    assert expand_braces(pattern) == expected


@pytest.mark.parametrize(
    ("location", "base", "names"),
    [
        ("/d/lup", "/d/lup", None),
        ("http://h/lup/", "http://h/lup", None),
        ("/d/a.tar", "/d", [b"a.tar"]),
        ("s3://h/{a}-{0..1}.tar", "s3://h", [b"{a}-0.tar", b"{a}-1.tar"]),
        ("/d/x{0..1}/{7..7}.tar", "/d", [b"x0/7.tar", b"x1/7.tar"]),
    ],
)
def test_locations(location, base, names) -> None:
    assert split_location(location) == (base, names)


def test_backward_range_is_refused() -> None:
    with pytest.raises(ValueError, match="from the smaller to the larger"):
        split_location("/d/{3..1}.tar")


def test_index_is_used(folder, encoded, scans) -> None:
    index = list_shards(ShardFolder(folder), None)
    assert list(index.names) == [name for name, _ in encoded]
    some = list_shards(ShardFolder(folder), [b"00003.tar", b"00001.tar"])
    assert list(some.names) == [encoded[i][0] for i in (9, 3, 4, 5)]
    assert scans == []


def test_without_index_headers_are_read_once(folder, encoded, scans) -> None:
    indexed = list_shards(ShardFolder(folder), None)
    expected = [values.tolist() for values in indexed.to_arrays()]
    (folder / INDEX).unlink()
    for _ in range(2):
        scanned = list_shards(ShardFolder(folder), None)
        assert [values.tolist() for values in scanned.to_arrays()] == expected
    assert len(scans) == 4
    os.utime(folder / "00002.tar", ns=(1, 1))
    list_shards(ShardFolder(folder), None)
    assert len(scans) == 8
    list_shards(ShardFolder(folder), [b"00000.tar"])
    list_shards(ShardFolder(folder), [b"00000.tar"], refresh=True)
    assert scans[8:] == [b"00000.tar"] * 2


def test_shards_the_index_does_not_name(folder, scans) -> None:
    shutil.copy(folder / "00000.tar", folder / "more.tar")
    with pytest.raises(
        ValueError, match=r"not in its shards.index, the first is 'more\.tar'.*remove"
    ):
        list_shards(ShardFolder(folder), None)
    named = list_shards(ShardFolder(folder), [b"00000.tar", b"more.tar"])
    assert named.starts.tolist() == [0, 3, 6]
    assert scans == [b"00000.tar", b"more.tar"]


def test_nothing_to_list(tmp_path, folder) -> None:
    with pytest.raises(FileNotFoundError, match=r"'.*none' does not exist: expected"):
        list_shards(ShardFolder(tmp_path / "none"), None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        FileNotFoundError,
        match=r"nor shards .*tools/dataset_converters/make_shards\.py",
    ):
        list_shards(ShardFolder(tmp_path / "empty"), None)
    (folder / INDEX).unlink()
    with pytest.raises(FileNotFoundError, match=r"00007\.tar' does not exist"):
        list_shards(ShardFolder(folder), [b"00000.tar", b"00007.tar"])


def test_url_with_index(url, server, encoded, scans) -> None:
    for _ in range(2):
        index = list_shards(url, None)
        assert list(index.names) == [name for name, _ in encoded]
    assert list_shards(url, [b"00001.tar"]).starts.tolist() == [0, 3]
    assert server.asked == [INDEX]
    url.refresh = True
    list_shards(url, None)
    assert server.asked == [INDEX] * 2
    assert scans == []


def test_url_without_index(url, server, tmp_path, encoded, scans) -> None:
    (tmp_path / "served" / "lup" / INDEX).unlink()
    names = [b"%05d.tar" % i for i in range(4)]
    for _ in range(2):
        index = list_shards(url, names)
        assert list(index.names) == [name for name, _ in encoded]
    assert scans == names
    assert sorted(set(server.asked)) == [*(n.decode() for n in names), INDEX]
    with pytest.raises(FileNotFoundError, match="for a URL also their names"):
        list_shards(url, None)


def test_url_that_does_not_answer(url, server) -> None:
    server.broken = True
    with pytest.raises(ConnectionError, match="cannot be fetched"):
        list_shards(url, None)
    with pytest.raises(ConnectionError, match=r"00000\.tar cannot be fetched"):
        list_shards(url, [b"00000.tar"])
