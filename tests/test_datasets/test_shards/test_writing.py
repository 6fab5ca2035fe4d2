"""Shards hold the files as they were, are equal every time, and can be continued."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from solider_mm.datasets import ShardImages, write_shards
from solider_mm.datasets.shards.index import ShardIndex, load_index
from solider_mm.datasets.shards.tar_headers import scan_shard

FILES = ("00000.tar", "00001.tar", "00002.tar", "00003.tar", "shards.index")


def shards(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_files_come_back(encoded, tmp_path) -> None:
    assert write_shards(encoded, tmp_path / "out", images_per_shard=3) == 10
    assert tuple(shards(tmp_path / "out")) == FILES
    images = ShardImages(tmp_path / "out")
    assert list(images.index.names) == [name for name, _ in encoded]
    for position, (_, file) in enumerate(encoded):
        assert images.read(position) == file.read_bytes()


def test_other_tools_read_them(encoded, tmp_path) -> None:
    write_shards(encoded, tmp_path / "out", images_per_shard=100)
    with tarfile.open(tmp_path / "out" / "00000.tar") as tar:
        assert tar.getnames() == [name.decode() for name, _ in encoded]
        assert {member.mtime + member.uid + member.gid for member in tar} == {0}
        for name, file in encoded:
            assert tar.extractfile(name.decode()).read() == file.read_bytes()
    listed = subprocess.run(
        ["tar", "-tf", tmp_path / "out" / "00000.tar"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split() == [name.decode() for name, _ in encoded]
    assert listed.stderr == ""


def test_index_is_what_a_scan_finds(encoded, tmp_path) -> None:
    long = (b"x" * 150 + b"/" + "λ".encode() * 80 + b".v2.jpg", encoded[3][1])
    write_shards([*encoded, long], tmp_path / "out", images_per_shard=4)
    written = load_index(tmp_path / "out" / "shards.index")
    files = sorted((tmp_path / "out").glob("*.tar"))
    scanned = ShardIndex.join([scan_shard(f, os.fsencode(f.name)) for f in files])
    for one, other in zip(written.to_arrays(), scanned.to_arrays(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert written.names[10].endswith(b"_v2-000000010.jpg")


def test_equal_every_time(encoded, tmp_path) -> None:
    for out, workers in (("a", 1), ("b", 7)):
        write_shards(encoded, tmp_path / out, images_per_shard=3, workers=workers)
        os.utime(encoded[0][1], ns=(1, 1))
    assert shards(tmp_path / "a") == shards(tmp_path / "b")


def test_bytes_end_a_shard(encoded, tmp_path) -> None:
    """Sizes are 0, 256, …, 2304; a large image has a shard to itself."""
    write_shards(encoded, tmp_path / "out", bytes_per_shard=2000)
    index = load_index(tmp_path / "out" / "shards.index")
    assert index.starts.tolist() == [0, 4, 5, 6, 7, 8, 9, 10]


def test_interrupted_writing_continues(encoded, tmp_path) -> None:
    write_shards(encoded, tmp_path / "whole", images_per_shard=3)

    def interrupted() -> Iterator[tuple[bytes, Path]]:
        yield from encoded[:8]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shards(interrupted(), tmp_path / "out", images_per_shard=3, workers=1)
    assert not (tmp_path / "out").exists()
    begun = shards(tmp_path / "out.partial")
    assert all(name in FILES[:2] for name in begun)
    # What a killed process leaves: a shard under its temporary name.
    (tmp_path / "out.partial" / ".00009.01234567.tmp.tar").touch()
    assert write_shards(encoded, tmp_path / "out", images_per_shard=3) == 10
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")
    assert not (tmp_path / "out.partial").exists()


def test_shards_already_there_are_not_read_again(encoded, tmp_path) -> None:
    write_shards(encoded[:6], tmp_path / "out.partial", images_per_shard=3)
    before = (tmp_path / "out.partial" / "00000.tar").stat().st_mtime_ns
    for _, file in encoded[:6]:
        file.unlink()
    assert write_shards(encoded, tmp_path / "out", images_per_shard=3) == 10
    assert (tmp_path / "out" / "00000.tar").stat().st_mtime_ns == before


def test_missing_file_keeps_the_finished_shards(encoded, tmp_path) -> None:
    encoded[7][1].unlink()
    with pytest.raises(FileNotFoundError, match="0007_c2s1"):
        write_shards(encoded, tmp_path / "out", images_per_shard=3)
    assert tuple(shards(tmp_path / "out.partial")) == FILES[:2]


@pytest.mark.parametrize("given", [slice(None, None, -1), slice(4), slice(0)])
def test_other_images_do_not_continue(encoded, tmp_path, given) -> None:
    write_shards(encoded[:6], tmp_path / "out.partial", images_per_shard=3)
    with pytest.raises(ValueError, match=r"contains '.*', expected"):
        write_shards(encoded[given], tmp_path / "out")


def test_refusals(encoded, tmp_path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    with pytest.raises(FileExistsError, match="choose another name"):
        write_shards(encoded, tmp_path / "there")
    with pytest.raises(ValueError, match="no image was given"):
        write_shards([], tmp_path / "out")
    with pytest.raises(ValueError, match=r"images_per_shard=0, .* at least 1"):
        write_shards(encoded, tmp_path / "out", images_per_shard=0)
    with pytest.raises(ValueError, match=r"'note' would not be found in a shard"):
        write_shards([(b"note", encoded[0][1])], tmp_path / "out")


def test_webdataset_reads_the_shards(encoded, tmp_path) -> None:
    """One sample per image, with the bytes of the file."""
    webdataset = pytest.importorskip("webdataset")
    write_shards(encoded, tmp_path / "out", images_per_shard=4)
    urls = sorted(str(file) for file in (tmp_path / "out").glob("*.tar"))
    samples = list(webdataset.WebDataset(urls, shardshuffle=False))
    assert [sample["__key__"] for sample in samples] == [
        name.decode().removesuffix(".jpg") for name, _ in encoded
    ]
    contents = [file.read_bytes() for _, file in encoded]
    assert [sample["jpg"] for sample in samples] == contents
