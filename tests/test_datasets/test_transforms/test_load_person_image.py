"""Every kind of image file has a defined result. All files are made here."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from solider_mm.datasets import LoadPersonImage, UnreadableImageError, decode_image
from solider_mm.registry import TRANSFORMS

RGB = np.zeros((4, 6, 3), np.uint8)
RGB[:, :3] = (200, 100, 50)
RGB[:, 3:] = (10, 20, 30)
BGR = RGB[..., ::-1]


def encode(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def noise(height: int = 128, width: int = 64) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def test_rgb_becomes_contiguous_bgr() -> None:
    image = decode_image(encode(Image.fromarray(RGB)))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, BGR)


def test_jpeg_agrees_with_opencv() -> None:
    data = encode(noise(), "JPEG", quality=95)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    difference = np.abs(decode_image(data).astype(int) - other.astype(int))
    assert difference.mean() < 0.5


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_one_pixel(mode: str) -> None:
    assert decode_image(encode(Image.new(mode, (1, 1)), "TIFF")).shape == (1, 1, 3)


def test_gray_bilevel_and_palette() -> None:
    gray = Image.fromarray(RGB[..., 0])
    np.testing.assert_array_equal(
        decode_image(encode(gray)), np.repeat(RGB[..., :1], 3, 2)
    )
    bilevel = decode_image(encode(Image.fromarray(RGB[..., 0] > 100)))
    assert set(np.unique(bilevel)) == {0, 255}
    palette = Image.fromarray(RGB).quantize(2)
    np.testing.assert_array_equal(decode_image(encode(palette)), BGR)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_the_mean_color(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (2, 1), 0)
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.putpixel((1, 0), 1)
        data = encode(image, transparency=0)
    else:
        image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
        image.putpixel((1, 0), (255, 255, 255, 255))
        data = encode(image.convert(mode))
    np.testing.assert_array_equal(
        decode_image(data), [[[104, 116, 124], [255, 255, 255]]]
    )


def test_half_transparent_is_blended() -> None:
    pixel = decode_image(encode(Image.new("RGBA", (1, 1), (255, 255, 255, 128))))
    expected = np.array([104, 116, 124]) * 127 / 255 + 255 * 128 / 255
    np.testing.assert_allclose(pixel[0, 0], expected, atol=1)


def test_cmyk_becomes_rgb() -> None:
    data = encode(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    np.testing.assert_allclose(
        decode_image(data), np.full((8, 8, 3), (0, 0, 255)), atol=3
    )


@pytest.mark.parametrize("form", [".png", ".tiff", ".pgm"])
def test_16_bit_gray_is_scaled(form: str) -> None:
    wide = np.array([[0, 128, 257, 32896, 65535]], np.uint16)
    ok, data = cv2.imencode(form, wide)
    assert ok
    image = decode_image(data.tobytes())
    np.testing.assert_array_equal(image[..., 0], [[0, 0, 1, 128, 255]])
    assert image.shape == (1, 5, 3)


def test_16_bit_color_is_scaled() -> None:
    wide = np.array([[[257, 32896, 65535]]], np.uint16)  # BGR
    _, data = cv2.imencode(".png", wide)
    np.testing.assert_allclose(decode_image(data.tobytes()), [[[1, 128, 255]]], atol=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation: int) -> None:
    upright = Image.fromarray(RGB)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # shown after a turn by 270°
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(decode_image(encode(stored, exif=exif)), BGR)


def test_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (3, 2), color) for color in ("red", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decode_image(data), np.full((2, 3, 3), (0, 0, 255)))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_truncated_is_unreadable(form: str, part: float) -> None:
    data = encode(noise(), form)
    with pytest.raises(UnreadableImageError, match="not decodable"):
        decode_image(data[: int(part * len(data))])


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\xff\xd8\xff"])
def test_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableImageError, match="not decodable"):
        decode_image(data)


def test_float_samples_are_unreadable() -> None:
    with pytest.raises(UnreadableImageError, match="8 or 16 bits"):
        decode_image(encode(Image.new("F", (2, 2), 0.5), "TIFF"))


def test_loader_is_built_and_reads_paths_and_bytes(tmp_path) -> None:
    loader = TRANSFORMS.build(dict(type="solider_mm.LoadPersonImage"))
    assert isinstance(loader, LoadPersonImage)
    data = encode(Image.fromarray(RGB))
    (tmp_path / "a.png").write_bytes(data)
    from_path = loader(dict(img_path=str(tmp_path / "a.png")))
    from_bytes = loader(dict(img_path="a", img_bytes=data))
    np.testing.assert_array_equal(from_path["img"], from_bytes["img"])
    assert from_bytes["img_shape"] == from_bytes["ori_shape"] == (4, 6)
    assert "img_bytes" not in from_bytes


def test_missing_file_is_unreadable(tmp_path) -> None:
    with pytest.raises(UnreadableImageError, match="No such file"):
        LoadPersonImage()(dict(img_path=str(tmp_path / "a.png")))


# ------------------------------------------------------------------ plain JPEGs


def test_plain_jpegs_are_decoded_to_the_same_pixels_as_by_pillow() -> None:
    for options in ({}, {"subsampling": 0}, {"progressive": True}):
        data = encode(noise(), "JPEG", quality=90, **options)
        pillow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., ::-1]
        np.testing.assert_array_equal(decode_image(data), pillow)


@pytest.mark.parametrize("lost", [2, 100, 4000])
def test_a_jpeg_without_its_end_is_unreadable_whatever_opencv_does(lost) -> None:
    data = encode(noise(), "JPEG", quality=90)
    with pytest.raises(UnreadableImageError, match="truncated"):
        decode_image(data[:-lost])


@pytest.mark.parametrize(
    ("size", "enough", "expected"),
    [
        ((400, 200), (100, 50), (100, 50)),
        ((400, 200), (101, 50), (200, 100)),
        ((400, 200), (100, 101), (400, 200)),
        ((803, 401), (50, 25), (101, 51)),
        ((400, 200), (500, 300), (400, 200)),
    ],
)
def test_large_jpegs_are_decoded_at_a_fraction_that_is_enough(size, enough, expected):
    smooth = Image.fromarray(RGB).resize(size[::-1], Image.Resampling.BICUBIC)
    data = encode(smooth, "JPEG", quality=95)
    image = decode_image(data, enough)
    assert image.shape[:2] == expected
    whole = smooth.resize(expected[::-1], Image.Resampling.BOX)
    difference = np.abs(image[..., ::-1].astype(int) - np.asarray(whole))
    assert difference.mean() < 2
    assert decode_image(encode(smooth, "PNG"), enough).shape[:2] == size


def test_loader_takes_the_size_that_is_enough(tmp_path) -> None:
    noise(256, 128).save(tmp_path / "a.jpg")
    loader = LoadPersonImage(min_size=(60, 30))
    results = loader(dict(img_path=str(tmp_path / "a.jpg")))
    assert results["img_shape"] == (64, 32)
    with pytest.raises(ValueError, match=r"min_size=\(0, 3\): expected \(H, W\)"):
        LoadPersonImage(min_size=(0, 3))
