"""Every kind of image file has a defined result."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from solider_mm.fileio.decoding import UnreadableImageError, decode_image

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
def test_transparent_pixels_get_the_mean_color(mode: str) -> None:
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
        6: Image.Transpose.ROTATE_90,  # displayed rotated by 270°
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


def test_plain_jpegs_are_decoded_to_the_same_pixels_as_by_pillow() -> None:
    for options in ({}, {"subsampling": 0}, {"progressive": True}):
        data = encode(noise(), "JPEG", quality=90, **options)
        pillow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[..., ::-1]
        np.testing.assert_array_equal(decode_image(data), pillow)


@pytest.mark.parametrize("lost", [2, 100, 4000])
def test_jpeg_without_its_end_is_unreadable(lost) -> None:
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
def test_large_jpegs_are_decoded_at_a_sufficient_fraction(size, enough, expected):
    smooth = Image.fromarray(RGB).resize(size[::-1], Image.Resampling.BICUBIC)
    data = encode(smooth, "JPEG", quality=95)
    image = decode_image(data, enough)
    assert image.shape[:2] == expected
    whole = smooth.resize(expected[::-1], Image.Resampling.BOX)
    difference = np.abs(image[..., ::-1].astype(int) - np.asarray(whole))
    assert difference.mean() < 2
    assert decode_image(encode(smooth, "PNG"), enough).shape[:2] == size


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_data_do_not_hide_the_image(form: str) -> None:
    """Bytes of the EXIF block are changed at random; the pixels stay intact."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", 1
    exif.get_ifd(0x8769)[0x9003] = "2026:01:01 00:00:00"
    block = exif.tobytes()
    rng = np.random.default_rng(0)
    expected = decode_image(encode(noise(16, 8), form))
    for _ in range(200):
        fuzzed = bytearray(block)
        for position in rng.integers(6, len(block), 4):
            fuzzed[position] = rng.integers(256)
        image = decode_image(encode(noise(16, 8), form, exif=bytes(fuzzed)))
        assert image.size == expected.size  # perhaps rotated by a valid orientation


@pytest.mark.parametrize("kind", ["text", "profile"])
def test_png_with_more_than_a_megabyte_of_text_or_profile(kind: str) -> None:
    if kind == "text":
        info = PngInfo()
        info.add_text("comment", "x" * 3_000_000, zip=True)
        data = encode(Image.fromarray(RGB), pnginfo=info)
    else:
        data = encode(Image.fromarray(RGB), icc_profile=bytes(3_000_000))
    np.testing.assert_array_equal(decode_image(data), BGR)
    with pytest.raises(UnreadableImageError, match="not decodable"):
        decode_image(data[:-40])


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bomb_is_refused() -> None:
    header = struct.pack(">II5B", 30_000, 30_000, 8, 2, 0, 0, 0)
    data = encode(Image.fromarray(RGB))
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    bomb = data[:16] + header + checksum + data[33:]
    with pytest.raises(UnreadableImageError, match="exceeds limit"):
        decode_image(bomb)
