"""The loader decodes files and bytes, and names what it cannot read."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from solider_mm.datasets import LoadPersonImage, UnreadableImageError
from solider_mm.registry import TRANSFORMS

RGB = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)


def encode(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


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


def test_pipe_is_unreadable(tmp_path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(UnreadableImageError, match="is not a regular file"):
        LoadPersonImage()(dict(img_path=str(tmp_path / "a.jpg")))


def test_loader_decodes_at_the_sufficient_size(tmp_path) -> None:
    Image.new("RGB", (128, 256)).save(tmp_path / "a.jpg")
    loader = LoadPersonImage(min_size=(60, 30))
    results = loader(dict(img_path=str(tmp_path / "a.jpg")))
    assert results["img_shape"] == (64, 32)
    with pytest.raises(ValueError, match=r"min_size=\(0, 3\): expected \(H, W\)"):
        LoadPersonImage(min_size=(0, 3))
