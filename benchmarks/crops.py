"""Crops of people for the pretraining benchmarks: real or synthetic ones."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from PIL import Image
from torch import Tensor

from solider_mm.datasets import PersonImages
from solider_mm.datasets.samplers import SeededIndex
from solider_mm.functional.semantic_weight import sample_semantic_weight
from solider_mm.synthetic import render_pedestrian

__all__ = ["CropViews", "crop_views", "synthetic_seed"]

CONFIG = Path(__file__).resolve().parents[1] / "configs/_base_/datasets"
NUM_PEOPLE = 64  # more people slow the start down and change no ratio


class CropViews:
    """Batches of views as in the pretraining configs.

    Args:
        dataset: Crops; a sample holds two global views and some local ones.
        batch_size: Number of images B.
    """

    def __init__(self, dataset: PersonImages, batch_size: int) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self._batches: dict[int, list[Tensor]] = {}

    def batch(self, number: int) -> list[Tensor]:
        """Views of a batch; the same for the same number.

        Args:
            number: Number of the round.

        Returns:
            V tensors (B, 3, H_v, W_v), uint8, blue first.
        """
        if number not in self._batches:
            first = number * self.batch_size
            indices = [
                SeededIndex(i % len(self.dataset), seed=i % 2**32)
                for i in range(first, first + self.batch_size)
            ]
            samples = [self.dataset[index]["inputs"] for index in indices]
            self._batches[number] = [
                torch.stack(view) for view in zip(*samples, strict=True)
            ]
        return self._batches[number]


@contextmanager
def crop_views(
    images: Path | None,
    batch_size: int,
    num_local_views: int,
    size: tuple[int, int] | None = None,
) -> Iterator[CropViews]:
    """Open a folder of crops, or render people into a temporary folder.

    Args:
        images: Folder of crops; None renders synthetic people.
        batch_size: Number of images B.
        num_local_views: Number of local views of every image.
        size: Size (H, W) of the global views, local ones are half as high and wide;
            None takes that of the config.

    Yields:
        Batches of views.
    """
    pipeline = Config.fromfile(CONFIG / "multi_crop_256x128.py").train_pipeline
    (sample,) = (step for step in pipeline if step["type"] == "SampleViews")
    sample["views"][-1]["num"] = num_local_views
    if size is not None:
        *global_views, local_views = sample["views"]
        for view in global_views:
            view["size"] = size
        local_views["size"] = (size[0] // 2, size[1] // 2)
    with tempfile.TemporaryDirectory() as scratch:
        folder = images or render_people(Path(scratch) / "synthetic")
        with DefaultScope.overwrite_default_scope("solider_mm"):
            dataset = PersonImages(
                data_root=folder, pipeline=pipeline, index_dir=Path(scratch) / "index"
            )
        yield CropViews(dataset, batch_size)


def render_people(folder: Path) -> Path:
    """Render crops of different people, 128 × 64 pixels as in Market-1501."""
    folder.mkdir(parents=True)
    for person in range(NUM_PEOPLE):
        crop = render_pedestrian(person, camera=person % 6, shot=0)["image"]
        Image.fromarray(crop).save(folder / f"{person:03}.png")
    return folder


def synthetic_seed(number: int, batch_size: int) -> tuple[int, Tensor]:
    """Seed with which λ is 1 for half of the images, and that λ.

    λ is sampled from {0, 1} with equal probability. In a batch of eight the number of
    images with λ = 1, on which our cost depends, would often be far from four. Seeds
    with other samples are skipped, so that few rounds suffice.

    Args:
        number: Number of the round.
        batch_size: Number of images B.

    Returns:
        Seed of the generator, and λ (B,).
    """
    seed = (number + 1000) * 1000
    while True:
        generator = torch.Generator().manual_seed(seed)
        semantic_weight = sample_semantic_weight(batch_size, generator=generator)
        if abs(semantic_weight.sum().item() - batch_size / 2) <= 0.5:
            return seed, semantic_weight
        seed += 1
