"""Views for the pretraining benchmarks."""

import pytest
import torch
from PIL import Image

from benchmarks import crops as module
from benchmarks.crops import crop_views


@pytest.fixture
def crops(tmp_path):
    folder = tmp_path / "crops"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (32, 64), (80 * number, 40, 200)).save(
            folder / f"{number}.png"
        )
    return folder


@pytest.mark.parametrize("num_local", [0, 3])
def test_views_are_those_of_the_configs(crops, num_local):
    with crop_views(crops, 2, num_local) as views:
        batch = views.batch(0)
        again = views.dataset
    sizes = [(2, 3, 256, 128)] * 2 + [(2, 3, 128, 64)] * num_local
    assert [tuple(view.shape) for view in batch] == sizes
    assert all(view.dtype is torch.uint8 for view in batch)
    assert len(again) == 3


def test_the_same_number_gives_the_same_batch(crops):
    batches = []
    for _ in range(2):
        with crop_views(crops, 2, 1) as views:
            batches.append([views.batch(n) for n in (-1, 0, 1)])
    for one, two in zip(*batches, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    first, second = batches[0][:2]
    assert not torch.equal(first[0], second[0])


def test_renders_people_without_a_folder(monkeypatch):
    monkeypatch.setattr(module, "NUM_PEOPLE", 2)
    with crop_views(None, 2, 0) as views:
        folder = views.dataset.source.location
        assert len(list(folder.iterdir())) == 2
        first, _ = views.batch(0)
    assert not folder.exists()
    assert first.float().std() > 10
