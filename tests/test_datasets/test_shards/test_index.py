"""The index of shards is saved, mapped, joined and checked."""

import numpy as np
import pytest

from solider_mm.datasets.packed_names import PackedNames
from solider_mm.datasets.shards.index import ShardIndex, load_index, save_index


@pytest.fixture
def index() -> ShardIndex:
    """Three shards; the second has no image."""
    parts = []
    for shard, count in enumerate((2, 0, 3)):
        sizes = np.arange(1, count + 1)
        parts.append(
            ShardIndex(
                PackedNames.pack(b"%d/%d.jpg" % (shard, i) for i in range(count)),
                512 + 1024 * np.arange(count),
                sizes,
                PackedNames.pack([b"%d.tar" % shard]),
                np.array([10240]),
                np.array([0, count]),
            )
        )
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
    with pytest.raises(ValueError, match=r"cannot be used .* remove it"):
        load_index(file)


def test_index_of_another_kind(index, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("solider_mm.datasets.shards.index._HEADER", "version 9")
    save_index(tmp_path / "shards.index", index)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="header 'version 9', expected"):
        load_index(tmp_path / "shards.index")


@pytest.mark.parametrize("name", [b"../x.tar", b"/x.tar", b"a/../../x.tar", b""])
def test_index_of_shards_outside_its_folder_is_refused(index, tmp_path, name) -> None:
    shards = PackedNames.pack([b"0.tar", name, b"2.tar"])
    save_index(tmp_path / "shards.index", index._replace(shards=shards))
    with pytest.raises(ValueError, match=r"is outside its folder.*remove it"):
        load_index(tmp_path / "shards.index")


@pytest.mark.parametrize(
    ("field", "position", "value"),
    [("offsets", 0, -1), ("offsets", 4, 1 << 40), ("sizes", 1, -5), ("starts", 1, 9)],
)
def test_contradictory_index_is_refused(index, tmp_path, field, position, value):
    changed = getattr(index, field).copy()
    changed[position] = value
    save_index(tmp_path / "shards.index", index._replace(**{field: changed}))
    with pytest.raises(ValueError, match=r"cannot be used .*remove it"):
        load_index(tmp_path / "shards.index")


def test_incomplete_index_is_refused(index, tmp_path) -> None:
    save_index(tmp_path / "shards.index", index._replace(sizes=index.sizes[:-1]))
    with pytest.raises(ValueError, match="do not fit together"):
        load_index(tmp_path / "shards.index")
