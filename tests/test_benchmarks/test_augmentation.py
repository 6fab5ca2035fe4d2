"""Augmentation, timed."""

import io

import pytest
import torch
from PIL import Image

from benchmarks import augmentation


@pytest.fixture
def crops(tmp_path):
    folder = tmp_path / "crops"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (32, 64), (80 * number, 40, 200)).save(
            folder / f"{number}.jpg"
        )
    return folder


@pytest.mark.parametrize("mode", [[], ["--on-device"]])
def test_a_row_per_folder(crops, capsys, mode):
    command = ["--images", str(crops), str(crops), "--count", "2", "--repeats", "2"]
    assert augmentation.main([*command, *mode]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-3:-1]] == ["64×32"] * 2
    assert "2 images per round" in lines[-1]


def test_both_sides_end_with_normalized_views():
    stream = io.BytesIO()
    Image.new("RGB", (32, 64), (124, 116, 104)).save(stream, "PNG")
    files = [stream.getvalue()]
    expected = [(1, 3, 256, 128)] * 2 + [(1, 3, 128, 64)] * 8
    worker = augmentation.in_worker()(files)
    device = augmentation.on_device("cpu")(files)
    literal = augmentation.reference()(files)
    for views in (worker["inputs"], device["inputs"], [v[None] for v in literal]):
        assert [tuple(view.shape) for view in views] == expected
        assert all(view.dtype is torch.float32 for view in views)
        assert max(float(view.abs().max()) for view in views) < 3


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"expected \.jpg or \.png files"):
        augmentation.main(["--images", str(tmp_path)])
