from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from solider_mm.inference import (
    evenly_spaced,
    find_images,
    read_image,
    read_images,
    read_named_images,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b").mkdir()
    red = np.zeros((4, 2, 3), np.uint8)
    red[..., 0] = 255
    for name in ("c.png", "b/a.JPG", "b/z.bmp"):
        Image.fromarray(red).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    return tmp_path


def test_finds_files_and_folders(folder):
    found = find_images([folder / "c.png", folder])
    names = [str(path.relative_to(folder)) for path in found]
    assert names == ["c.png", "b/a.JPG", "b/z.bmp", "broken.png", "c.png"]


def test_missing_and_empty(folder):
    with pytest.raises(FileNotFoundError, match="absent does not exist"):
        find_images([folder / "absent"])
    (folder / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty holds no image"):
        find_images([folder / "empty"])


def test_reads_rgb(folder):
    assert read_image(folder / "c.png")[0, 0].tolist() == [255, 0, 0]


def test_gray_becomes_rgb(folder):
    Image.fromarray(np.full((3, 3), 7, np.uint8)).save(folder / "gray.png")
    np.testing.assert_array_equal(
        read_image(folder / "gray.png"), np.full((3, 3, 3), 7)
    )


def test_turns_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways
    Image.new("RGB", (8, 4)).save(folder / "turned.jpg", exif=exif)
    assert read_image(folder / "turned.jpg").shape == (8, 4, 3)


def test_unreadable_files_are_named(folder):
    (folder / "empty.png").touch()
    files = [folder / name for name in ("broken.png", "c.png", "empty.png")]
    images, paths, problems = read_images(files)
    assert len(images) == 1
    assert [path.name for path in paths] == ["c.png"]
    assert "broken.png is not a readable image" in problems[0]
    assert "empty.png is not a readable image" in problems[1]


def test_spread():
    paths = [Path(str(number)) for number in range(10)]
    assert [int(path.name) for path in evenly_spaced(paths, 4)] == [0, 2, 5, 7]
    assert evenly_spaced(paths, 20) == paths
    with pytest.raises(ValueError, match="at most 0 images"):
        evenly_spaced(paths, 0)


def test_named_images_warn_and_refuse_namesakes(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (4, 6)).save(tmp_path / folder / "one.png")
    warnings = []
    named = read_named_images([tmp_path / "bad.jpg", tmp_path / "a"], warnings.append)
    assert {path: image.shape for path, image in named.items()} == {
        tmp_path / "a/one.png": (6, 4, 3)
    }
    assert len(warnings) == 1 and "bad.jpg" in warnings[0]
    with pytest.raises(ValueError, match=r"2 readable images.*\['one'\]"):
        read_named_images([tmp_path / "a", tmp_path / "b"], warnings.append)
