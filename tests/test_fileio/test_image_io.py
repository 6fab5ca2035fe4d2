import numpy as np
import pytest
from PIL import Image

from solider_mm.fileio.image_io import (
    read_image,
    read_images,
    write_image,
)


def test_reads_rgb(folder):
    assert read_image(folder / "c.png")[0, 0].tolist() == [255, 0, 0]


def test_gray_becomes_rgb(folder):
    Image.fromarray(np.full((3, 3), 7, np.uint8)).save(folder / "gray.png")
    np.testing.assert_array_equal(
        read_image(folder / "gray.png"), np.full((3, 3, 3), 7)
    )


def test_rotates_upright(folder):
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


def test_written_image_is_read_back(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    path = write_image(picture, tmp_path / "new" / "a.png")
    np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)


@pytest.mark.parametrize("name", ["parts", "parts.nonsense"])
def test_refuses_to_write_without_an_image_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"expected an image format; add \.png"):
        write_image(np.zeros((2, 2, 3), np.uint8), tmp_path / name)
