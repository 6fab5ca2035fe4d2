"""Images are read back unchanged in every process; unreadable ones are named."""

import multiprocessing
import os
import pickle
import shutil
import tarfile
from pathlib import Path

import pytest

from solider_mm.datasets import (
    ShardCache,
    ShardImages,
    UnreadableImageError,
    write_shards,
)
from solider_mm.datasets.shards.images import open_shards


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path, encoded) -> Path:
    """Four shards of three, three, three and one image, with their index."""
    write_shards(encoded, tmp_path / "lup", images_per_shard=3)
    return tmp_path / "lup"


def contents(images: ShardImages) -> list[bytes]:
    return [images.read(position) for position in range(len(images))]


def test_reads_in_any_order(folder, encoded) -> None:
    images = ShardImages(folder)
    assert len(images) == 10
    for position in (9, 0, 4, 3, 8, 0):
        assert images.read(position) == encoded[position][1].read_bytes()
    assert [images.shard_of(p) for p in range(10)] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]


def test_pattern_takes_some(folder, encoded) -> None:
    images = ShardImages(f"{folder}/{{00001..00002}}.tar")
    assert contents(images) == [file.read_bytes() for _, file in encoded[3:9]]


def test_shards_of_other_tools(tmp_path, encoded) -> None:
    """Like WebDataset's writer: pax, with labels between the images."""
    (tmp_path / "foreign").mkdir()
    with tarfile.open(tmp_path / "foreign" / "a-000000.tar", "w") as tar:
        for name, file in encoded:
            tar.add(file, name.decode())
            tar.add(__file__, name.decode().replace(".jpg", ".json"))
    assert contents(ShardImages(tmp_path / "foreign")) == [
        file.read_bytes() for _, file in encoded
    ]


def test_few_files_are_open(folder, encoded, monkeypatch) -> None:
    images = ShardImages(folder)
    monkeypatch.setattr(images.location, "max_open", 2)
    for _ in range(2):
        contents(images)
        assert list(images._open_files) == [2, 3]
    images.read(6)  # used last now, so the other one is closed next
    images.read(0)
    assert list(images._open_files) == [2, 0]


def test_fork_and_pickle(folder, encoded) -> None:
    images = ShardImages(folder)
    images.read(4)
    child = os.fork()
    if child == 0:
        os._exit(0 if images.read(4) == b"\x04" * 1024 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert contents(pickle.loads(pickle.dumps(images))) == contents(images)


@pytest.mark.slow
def test_spawned_processes(folder, encoded) -> None:
    images = ShardImages(folder)
    images.read(4)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(images.read, range(10))
    assert found == [file.read_bytes() for _, file in encoded]


def test_missing_shard(folder) -> None:
    (folder / "00001.tar").unlink()
    images = ShardImages(folder)
    assert len(images) == 10
    images.read(0)
    with pytest.raises(
        UnreadableImageError,
        match=r"0004_c1.* from shard '00001\.tar' of '.*lup'.*No such",
    ):
        images.read(4)


def test_shard_cut_off_before_and_while_reading(folder) -> None:
    images = ShardImages(folder)
    images.read(0)  # now open
    for name in ("00000.tar", "00001.tar"):
        os.truncate(folder / name, 1000)
    with pytest.raises(
        UnreadableImageError, match=r"0002_c1.*the shard ends before the image"
    ):
        images.read(2)
    with pytest.raises(
        UnreadableImageError, match=r"0003_c1.*has 1000 bytes, its index"
    ):
        images.read(3)
    # The next attempt opens it anew: perhaps it was put right meanwhile.
    with pytest.raises(UnreadableImageError, match=r"0002_c1.*has 1000 bytes"):
        images.read(2)


def test_behind_a_url(server, folder, tmp_path, encoded) -> None:
    shutil.copytree(folder, tmp_path / "served" / "lup")
    sizes = [file.stat().st_size for file in sorted(folder.glob("*.tar"))]
    room = sum(sizes[2:]) + (folder / "shards.index").stat().st_size
    cache = ShardCache(tmp_path / "kept", max_bytes=room)
    for location in ("lup", "lup/{00000..00003}.tar"):
        images = ShardImages(f"{server.url}/{location}", cache=cache)
        images.location.max_open = 1
        assert contents(images) == [file.read_bytes() for _, file in encoded]
        kept = [file.stat().st_size for file in cache.folder.glob("*.fetched")]
        assert sum(kept) <= room
    assert server.asked.count("00000.tar") == 2  # removed to make room for the last


def test_url_without_a_shard(server, folder, tmp_path) -> None:
    shutil.copytree(folder, tmp_path / "served" / "lup")
    (tmp_path / "served" / "lup" / "00001.tar").unlink()
    images = ShardImages(f"{server.url}/lup")
    images.read(0)
    for position in (3, 4, 5):
        with pytest.raises(
            UnreadableImageError, match=r"00001\.tar does not exist: .*404"
        ):
            images.read(position)
    assert server.asked.count("00001.tar") == 1  # then not for a while


def test_source_gives_names_bytes_and_starts(encoded, tmp_path) -> None:
    write_shards(encoded, tmp_path / "four", images_per_shard=4)
    source = open_shards(
        tmp_path, "four", cache=ShardCache(), index_dir=None, refresh=False
    )
    assert len(source) == 10
    assert source.location == str(tmp_path / "four")
    assert source.starts.tolist() == [0, 4, 8, 10]
    assert source.info(5) == {
        "img_path": "00001.tar/camera1/0005_c2s1_000451_03.jpg",
        "img_bytes": encoded[5][1].read_bytes(),
    }
    (tmp_path / "four" / "00002.tar").unlink()
    with pytest.raises(UnreadableImageError, match=r"0009_c2.*from shard '00002\.tar'"):
        source.info(9)
