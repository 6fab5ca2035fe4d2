"""Arrays are mapped unchanged; damaged files are refused."""

import numpy as np
import pytest

from solider_mm.fileio.mmap_arrays import map_arrays, save_arrays

ARRAYS = (
    np.arange(5),
    np.array([], dtype=np.int64),
    np.arange(6, dtype=np.uint8).reshape(2, 3),
)


def test_arrays_are_mapped_unchanged(tmp_path) -> None:
    save_arrays(tmp_path / "a", "λ", *ARRAYS)
    header, arrays = map_arrays(tmp_path / "a")
    assert header == "λ"
    for found, expected in zip(arrays, ARRAYS, strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert isinstance(arrays[0], np.memmap)
    assert not arrays[0].flags.writeable


@pytest.mark.parametrize("cut", [1, 40, 10_000])
def test_damaged_file_is_refused(tmp_path, cut) -> None:
    save_arrays(tmp_path / "a", "header", *ARRAYS)
    data = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(data[:-cut])
    with pytest.raises(ValueError, match=r".+"):
        map_arrays(tmp_path / "a")
