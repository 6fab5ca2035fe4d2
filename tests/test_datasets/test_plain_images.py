"""Images of any source, resized for a model."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from solider_mm.datasets import PersonImages, write_shards
from solider_mm.datasets.plain_images import (
    PlainImages,
    collate_plain_images,
    open_images,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(3):
        Image.new("RGB", (4, 8), (10 * i, 0, 255)).save(folder / f"{i}.png")
    return folder


def test_images_are_rgb_resized_and_normalized(folder: Path) -> None:
    images = PlainImages(PersonImages(data_root=folder), (16, 8), (0, 0, 0), (1, 2, 5))
    assert len(images) == 3
    number, image = images[2]
    assert number == 2
    expected = torch.tensor([20.0, 0, 51]).view(3, 1, 1).expand(3, 16, 8)
    torch.testing.assert_close(image, expected)


def test_unreadable_images_are_left_out_of_a_batch(folder: Path) -> None:
    (folder / "1.png").write_bytes(b"no image")
    images = PlainImages(PersonImages(data_root=folder), (16, 8), (0, 0, 0), (1, 1, 1))
    last, numbers, batch = collate_plain_images([images[i] for i in range(3)])
    assert (last, numbers, len(batch)) == (2, [0, 2], 2)
    assert collate_plain_images([images[1]]) == (1, [], None)


def test_every_kind_of_source_is_found_by_its_path(folder: Path) -> None:
    shards = folder.parent / "shards"
    write_shards(PersonImages(data_root=folder).source.files(), shards)
    listed = folder / "list.txt"
    listed.write_text("0.png\n2.png\n")
    for location, count in ((folder, 3), (shards, 3), (listed, 2)):
        images = open_images(str(location))
        assert len(images) == count
        pixels = [
            image[0, 0, 0].item()
            for _, image in map(
                PlainImages(images, (8, 4), (0, 0, 0), (1, 1, 1)).__getitem__,
                range(count),
            )
        ]
        np.testing.assert_allclose(pixels, [0, 10, 20] if count == 3 else [0, 20])
