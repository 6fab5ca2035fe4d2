"""The headers of any tar give names and positions of its images."""

import io
import tarfile
from pathlib import Path

import pytest

from solider_mm.datasets.shards.index import ShardIndex
from solider_mm.datasets.shards.tar_headers import scan_shard

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
def test_tars_of_other_tools(tmp_path, form) -> None:
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


def test_names_may_have_any_bytes(tmp_path) -> None:
    name = b"\xff\xfe.jpg".decode("utf-8", "surrogateescape")
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with tarfile.open(tmp_path / "x.tar", "w", format=form) as tar:
            tar.addfile(tarfile.TarInfo(name))
        assert list(scan_shard(tmp_path / "x.tar", b"x").names) == [b"\xff\xfe.jpg"]


def test_damaged_tars_are_refused(tmp_path) -> None:
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
        with pytest.raises(ValueError, match=r"is not a complete, plain tar"):
            scan_shard(tmp_path / "bad.tar", b"bad.tar")
        assert name


def test_compressed_tar_is_refused(tmp_path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a.jpg"))
    with pytest.raises(ValueError, match="expected an uncompressed"):
        scan_shard(tmp_path / "x.tar", b"x.tar")
