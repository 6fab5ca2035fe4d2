from pathlib import Path

import pytest

from solider_mm.fileio.image_selection import evenly_spaced, images_by_stem


def test_images_by_stem(folder):
    (folder / "._c.png").touch()
    (folder / "c.JPG").touch()
    found = images_by_stem(folder)
    assert found == {"c": folder / "c.JPG", "broken": folder / "broken.png"}
    assert images_by_stem(folder / "absent") == {}


def test_evenly_spaced_selection():
    paths = [Path(str(number)) for number in range(10)]
    assert [int(path.name) for path in evenly_spaced(paths, 4)] == [0, 2, 5, 7]
    assert evenly_spaced(paths, 20) == paths
    with pytest.raises(ValueError, match="limit is 0: expected at least 1"):
        evenly_spaced(paths, 0)
