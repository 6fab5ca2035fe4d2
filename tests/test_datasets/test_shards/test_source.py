"""Shards as a source: named by shard and member, with the bytes for the loader."""

from pathlib import Path

import pytest

from solider_mm.datasets import ShardCache, UnreadableImageError, write_shards
from solider_mm.datasets.shards.source import ShardSource, open_shards


@pytest.fixture
def source(tmp_path: Path, encoded) -> ShardSource:
    write_shards(encoded, tmp_path / "lup", images_per_shard=4)
    return open_shards(
        tmp_path, "lup", cache=ShardCache(), index_dir=tmp_path / "index", refresh=False
    )


def test_names_bytes_and_starts(source, encoded, tmp_path) -> None:
    assert len(source) == 10
    assert source.location == str(tmp_path / "lup")
    assert source.starts.tolist() == [0, 4, 8, 10]
    assert source.info(5) == {
        "img_path": "00001.tar/camera1/0005_c2s1_000451_03.jpg",
        "img_bytes": encoded[5][1].read_bytes(),
    }


def test_lost_shard(source, tmp_path) -> None:
    (tmp_path / "lup" / "00002.tar").unlink()
    with pytest.raises(UnreadableImageError, match=r"'00002\.tar' of .*0009_c2"):
        source.info(9)
