"""Shards in an object store: a server of moto on this machine."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from solider_mm.datasets import PersonImages, write_shards
from solider_mm.datasets.shards import cache as shard_cache
from solider_mm.datasets.shards import object_store
from solider_mm.datasets.shards.cache import ShardCache


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a bucket with two shards of three images."""
    server = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    moto = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    for variable, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "someone"),
        ("AWS_SECRET_ACCESS_KEY", "something"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("no_proxy", "127.0.0.1"),
        ("SOLIDER_MM_CACHE", str(tmp_path / "cache")),
    ):
        monkeypatch.setenv(variable, value)
    folder, shards = tmp_path / "images", tmp_path / "shards"
    folder.mkdir()
    for i in range(3):
        Image.new("RGB", (4, 8), (0, 0, 10 * i)).save(folder / f"{i}.png")
    source = PersonImages(data_root=folder).source
    write_shards(source.files(), shards, images_per_shard=2)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    name = f"people-{uuid4().hex}"  # servers of one process share their buckets
    store.mkdir(name)
    for file in shards.iterdir():
        store.put_file(str(file), f"{name}/crops/{file.name}")
    yield f"s3://{name}/crops"
    s3fs.S3FileSystem.clear_instance_cache()
    moto.stop()


def test_shards_are_read_from_a_bucket(bucket: str) -> None:
    pipeline = [dict(type="solider_mm.LoadPersonImage")]
    images = PersonImages(data_root=".", shards=bucket, pipeline=pipeline)
    assert len(images) == 3
    assert [int(images[i]["img"][0, 0, 0]) for i in range(3)] == [0, 10, 20]


def test_missing_files_are_told_from_failures(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_cache, "_WAITS", ())
    cache = ShardCache(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match=r"nothing\.tar does not exist"):
        cache.fetch(f"{bucket}/nothing.tar")


def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(scheme: str) -> None:
        raise ImportError(scheme)

    monkeypatch.setattr(object_store.fsspec, "get_filesystem_class", missing)
    with pytest.raises(ImportError, match=r"pip install 'solider_mm\[s3\]'"):
        ShardCache(tmp_path).fetch("s3://people/crops/00000.tar")
    with pytest.raises(ImportError, match="pip install 'gcsfs'"):
        ShardCache(tmp_path).fetch("gs://people/crops/00000.tar")
