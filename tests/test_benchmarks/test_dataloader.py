"""Loaders, timed."""

import pytest
from PIL import Image

from benchmarks import dataloader


@pytest.fixture
def crops(tmp_path):
    folder = tmp_path / "crops"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (32, 64), (60 * number, 40, 200)).save(
            folder / f"{number}.jpg"
        )
    return folder


@pytest.mark.slow
def test_a_row_per_source(crops, capsys):
    command = ["--images", str(crops), "--workers", "1", "--batch", "2"]
    assert dataloader.main([*command, "--batches", "2", "--repeats", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-4:-1]] == ["folder", "lmdb", "shards"]


def test_too_few_images_are_refused(crops):
    with pytest.raises(SystemExit, match="4 images make no batch of 8"):
        dataloader.main(["--images", str(crops), "--batch", "8", "--repeats", "2"])
