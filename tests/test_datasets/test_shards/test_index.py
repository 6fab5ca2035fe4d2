"""The index of any tar points at the bytes of its images."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from solider_mm.datasets.shards.index import (
    ShardIndex,
    load_index,
    save_index,
    scan_shard,
)

LONG = "d" * 90 + "/" + "e" * 120 + "/λ ü" + "f" * 60 + ".jpg"


def make_tar(file: Path, members: dict[str, bytes], form: int) -> Path:
    with tarfile.open(file, "w", format=form) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1.5  # a fraction: pax writes an extended header for it
            tar.addfile(info, io.BytesIO(data))
    return file


def content(file: Path, index: ShardIndex) -> dict[str, bytes]:
    data = file.read_bytes()
    return {
        name.decode(): data[offset : offset + size]
        for name, offset, size in zip(
            index.names, index.offsets, index.sizes, strict=True
        )
    }


@pytest.mark.parametrize(
    "form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]
)
def test_foreign_tars(tmp_path, form) -> None:
    images = {"a.jpg": b"1" * 700, "b/c.PNG": b"2" * 512, "d.webp": b""}
    if form != tarfile.USTAR_FORMAT:
        images[LONG] = b"3" * 5
    others = {"a.json": b"{}", "a.cls": b"7", "._a.jpg": b"mac", "readme": b"x"}
    file = make_tar(tmp_path / "x.tar", images | others | {"z.jpg": b"4"}, form)
    index = scan_shard(file, b"x.tar")
    assert content(file, index) == images | {"z.jpg": b"4"}
    assert list(index.shards) == [b"x.tar"]
    assert index.shard_bytes.tolist() == [file.stat().st_size]
    assert index.starts.tolist() == [0, len(images) + 1]


def test_links_folders_and_leading_dots(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"image")
    (tmp_path / "in" / "b.jpg").symlink_to("a.jpg")
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(tmp_path / "in", ".")
    index = scan_shard(tmp_path / "x.tar", b"x.tar")
    assert content(tmp_path / "x.tar", index) == {"a.jpg": b"image"}


def test_bytes_of_names_are_kept(tmp_path) -> None:
    name = b"\xff\xfe.jpg".decode("utf-8", "surrogateescape")
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with tarfile.open(tmp_path / "x.tar", "w", format=form) as tar:
            tar.addfile(tarfile.TarInfo(name))
        assert list(scan_shard(tmp_path / "x.tar", b"x").names) == [b"\xff\xfe.jpg"]


def test_damaged_tars(tmp_path) -> None:
    images = {f"{i}.jpg": b"x" * 1000 for i in range(5)}
    data = make_tar(tmp_path / "good.tar", images, tarfile.GNU_FORMAT).read_bytes()
    damaged = data[:3072] + b"rubbish" + data[3079:]
    cuts = {"image": data[:2000], "header": data[:3100], "member": data[:3072]}
    for name, bad in {
        **cuts,
        "inside": damaged,
        "empty": b"",
        "text": b"x" * 999,
    }.items():
        (tmp_path / "bad.tar").write_bytes(bad)
        with pytest.raises(ValueError, match=r"is not a whole, plain tar"):
            scan_shard(tmp_path / "bad.tar", b"bad.tar")
        assert name


def test_compressed_tar_is_refused(tmp_path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.jpg"))
    with pytest.raises(ValueError, match="expected an uncompressed"):
        scan_shard(tmp_path / "x.tar", b"x.tar")


@pytest.fixture
def index(tmp_path) -> ShardIndex:
    """Three shards; the second holds no image."""
    parts = []
    for shard, count in enumerate((2, 0, 3)):
        images = {f"{shard}/{i}.jpg": b"x" * (i + 1) for i in range(count)}
        file = make_tar(tmp_path / "x.tar", images, tarfile.GNU_FORMAT)
        parts.append(scan_shard(file, b"%d.tar" % shard))
    return ShardIndex.join(parts)


def test_join_and_select(index) -> None:
    assert list(index.names) == [
        b"0/0.jpg",
        b"0/1.jpg",
        b"2/0.jpg",
        b"2/1.jpg",
        b"2/2.jpg",
    ]
    assert index.starts.tolist() == [0, 2, 2, 5]
    assert index.sizes.tolist() == [1, 2, 1, 2, 3]
    turned = index.select([b"2.tar", b"0.tar"])
    assert list(turned.names) == [*list(index.names)[2:], b"0/0.jpg", b"0/1.jpg"]
    assert list(turned.shards) == [b"2.tar", b"0.tar"]
    assert turned.starts.tolist() == [0, 3, 5]
    assert turned.sizes.tolist() == [1, 2, 3, 1, 2]
    assert index.select([b"0.tar", b"1.tar", b"2.tar"]) is index
    with pytest.raises(KeyError):
        index.select([b"3.tar"])


def test_saved_index_is_mapped(index, tmp_path) -> None:
    save_index(tmp_path / "shards.index", index)
    kept = load_index(tmp_path / "shards.index")
    assert list(kept.names) == list(index.names)
    for found, expected in zip(kept.to_arrays(), index.to_arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert isinstance(kept.offsets.base, np.memmap)


@pytest.mark.parametrize("content", [b"", b"rubbish", None])
def test_damaged_index(index, tmp_path, content) -> None:
    file = tmp_path / "shards.index"
    save_index(file, index)
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    with pytest.raises(ValueError, match=r"cannot be read .* remove it"):
        load_index(file)


def test_index_of_another_kind(index, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("solider_mm.datasets.shards.index._HEADER", "version 9")
    save_index(tmp_path / "shards.index", index)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="header 'version 9', expected"):
        load_index(tmp_path / "shards.index")
