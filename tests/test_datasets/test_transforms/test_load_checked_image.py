"""The loader gives mmcv's pixels and names the files it refuses."""

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from solider_mm.datasets import LoadCheckedImage, UnreadableImageError
from solider_mm.registry import TRANSFORMS


@pytest.fixture
def image(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif)
    return tmp_path / "a.jpg"


@pytest.mark.parametrize(
    "options", [{}, {"to_float32": True}, {"color_type": "grayscale"}]
)
def test_pixels_are_those_of_mmcv(image, options):
    found = TRANSFORMS.build(dict(type="solider_mm.LoadCheckedImage", **options))(
        dict(img_path=str(image))
    )
    expected = LoadImageFromFile(**options)(dict(img_path=str(image)))
    np.testing.assert_array_equal(found["img"], expected["img"])
    assert found["img"].dtype == expected["img"].dtype
    assert found["img_shape"] == found["ori_shape"] == (6, 8)


def test_image_in_memory_is_kept():
    pixels = np.zeros((4, 5, 3), np.uint8)
    results = LoadCheckedImage()(dict(img=pixels))
    assert results["img"] is pixels and results["ori_shape"] == (4, 5)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"<html></html>", "unknown format"),
    ],
)
def test_unusable_files_are_named(tmp_path, content, reason):
    file = tmp_path / "b.jpg"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnreadableImageError, match=rf"b\.jpg' cannot be .*{reason}"):
        LoadCheckedImage()(dict(img_path=str(file)))


def test_truncated_file_is_named(image):
    image.write_bytes(image.read_bytes()[:300])
    with pytest.raises(UnreadableImageError, match=r"a\.jpg' cannot be used"):
        LoadCheckedImage()(dict(img_path=str(image)))


def test_extreme_sizes_are_refused(tmp_path):
    Image.new("RGB", (2000, 10)).save(tmp_path / "wide.png")
    with pytest.raises(UnreadableImageError, match=r"wide\.png' .*2000×10.*factor"):
        LoadCheckedImage()(dict(img_path=str(tmp_path / "wide.png")))
    Image.new("RGB", (50, 50)).save(tmp_path / "large.png")
    with pytest.raises(UnreadableImageError, match=r"large\.png' .*at most 2499"):
        LoadCheckedImage(max_pixels=2499)(dict(img_path=str(tmp_path / "large.png")))


def test_refuses_limits_below_one():
    with pytest.raises(ValueError, match=r"max_pixels=0.*at least 1"):
        LoadCheckedImage(max_pixels=0)
