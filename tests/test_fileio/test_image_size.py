import pytest
from PIL import Image

from solider_mm.fileio.decoding import UnreadableImageError
from solider_mm.fileio.image_size import image_size, sideways_warnings


@pytest.fixture
def images(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown rotated by 90°
    Image.new("RGB", (6, 4)).save(tmp_path / "plain.jpg")
    Image.new("RGB", (6, 4)).save(tmp_path / "turned.jpg", exif=exif)
    return tmp_path


def test_size_is_that_after_the_exif_rotation(images):
    assert image_size(images / "plain.jpg") == (4, 6)
    assert image_size(images / "turned.jpg") == (6, 4)
    (images / "no.jpg").write_bytes(b"no image")
    with pytest.raises(UnreadableImageError, match=r"no\.jpg' is not a readable"):
        image_size(images / "no.jpg")


def test_annotated_sizes_before_the_rotation_are_found(images):
    paths = [images / name for name in ("plain.jpg", "turned.jpg", "absent.jpg")]
    before = dict.fromkeys(paths, (4, 6))
    (warning,) = sideways_warnings("a.json", before)
    assert "'a.json' has the size before the EXIF rotation for 1 of 3" in warning
    assert "turned.jpg" in warning
    after = {paths[0]: (4, 6), paths[1]: (6, 4)}
    assert sideways_warnings("a.json", after) == []
    assert sideways_warnings("a.json", before, max_checked=1) == []
    assert sideways_warnings("a.json", {}) == []
