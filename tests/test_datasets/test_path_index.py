"""Names are packed, kept, mapped, and listed again only when they may differ."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from solider_mm.datasets.image_listing import list_folder
from solider_mm.datasets.packed_names import PackedNames
from solider_mm.datasets.path_index import Listing, cached_listing

NAMES = [b"", b"a.jpg", "λ/ü.jpg".encode(), b"\xff.jpg"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    for name in ("b/2.JPG", "b/1.png", "a.jpg", "c/d/3.webp", "note.txt", ".h.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


class Lister:
    def __init__(self, root: Path, index_dir: Path) -> None:
        self.root, self.index_dir, self.calls = root, index_dir, 0

    def __call__(self, refresh: bool = False, **options: str) -> list[bytes]:
        listing = cached_listing(
            self.build,
            root=self.root,
            options=options,
            index_dir=self.index_dir,
            refresh=refresh,
        )
        return list(listing.names)

    def build(self) -> Listing:
        self.calls += 1
        return list_folder(self.root)


def test_packed_names_round_trip() -> None:
    packed = PackedNames.pack(NAMES)
    assert list(packed) == NAMES
    assert list(pickle.loads(pickle.dumps(packed))) == NAMES
    assert len(PackedNames.pack([])) == 0


def test_packed_names_are_cut_and_joined() -> None:
    packed = PackedNames.pack(NAMES)
    assert list(packed.cut(1, 3)) == NAMES[1:3]
    assert list(packed.cut(2, 2)) == []
    joined = PackedNames.join([packed.cut(1, 4), packed.cut(0, 0), packed.cut(0, 2)])
    assert list(joined) == [*NAMES[1:], *NAMES[:2]]
    assert list(PackedNames.join([])) == []


def test_columns_are_kept(tree, tmp_path) -> None:
    column = np.arange(4)
    for _ in range(2):
        listing = cached_listing(
            lambda: list_folder(tree)._replace(columns=(column,)),
            root=tree,
            options={},
            index_dir=tmp_path,
        )
        assert listing.columns[0].tolist() == [0, 1, 2, 3]
    assert isinstance(listing.columns[0], np.memmap)


def test_names_take_little_memory() -> None:
    packed = PackedNames.pack(b"%08d.jpg" % i for i in range(10_000))
    assert packed.block.nbytes + packed.offsets.nbytes <= 10_000 * (12 + 8) + 8


def test_second_listing_comes_from_the_cache(tree, tmp_path, monkeypatch) -> None:
    lister = Lister(tree, tmp_path / "index")
    first = lister()
    assert first == [b"a.jpg", b"b/1.png", b"b/2.JPG", b"c/d/3.webp"]

    def no_scan(*_: object) -> None:
        raise AssertionError("the folder was listed again")

    monkeypatch.setattr(os, "scandir", no_scan)
    assert lister() == first
    assert lister.calls == 1


def test_cached_names_are_mapped(tree, tmp_path) -> None:
    listing = cached_listing(
        lambda: list_folder(tree), root=tree, options={}, index_dir=tmp_path
    )
    assert isinstance(listing.names.block.base, np.memmap)


@pytest.mark.parametrize("change", ["add", "remove", "new folder"])
def test_a_change_is_seen(tree, tmp_path, change) -> None:
    lister = Lister(tree, tmp_path / "index")
    before = lister()
    if change == "add":
        (tree / "c/d/4.jpg").touch()
        os.utime(tree / "c/d", ns=(1, 1))
        expected = [*before, b"c/d/4.jpg"]
    elif change == "remove":
        (tree / "a.jpg").unlink()
        os.utime(tree, ns=(1, 1))
        expected = before[1:]
    else:
        (tree / "e").mkdir()
        (tree / "e/5.jpg").touch()
        os.utime(tree, ns=(1, 1))
        expected = [*before, b"e/5.jpg"]
    assert lister() == expected
    assert lister.calls == 2


def test_refresh_and_options_list_again(tree, tmp_path) -> None:
    lister = Lister(tree, tmp_path / "index")
    lister()
    lister(refresh=True)
    assert lister.calls == 2
    lister(pattern="x")
    assert lister.calls == 3


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_damaged_cache_is_replaced(tree, tmp_path, damage) -> None:
    lister = Lister(tree, tmp_path / "index")
    first = lister()
    (file,) = (tmp_path / "index").glob("*.index")
    file.write_bytes(file.read_bytes()[:-9] if damage is None else damage)
    assert lister() == first
    assert lister.calls == 2
    assert lister() == first
    assert lister.calls == 2
    assert not list((tmp_path / "index").glob("*.tmp*"))


def test_unwritable_cache_only_warns(tree, tmp_path) -> None:
    (tmp_path / "file").touch()
    assert len(Lister(tree, tmp_path / "file" / "index")()) == 4
