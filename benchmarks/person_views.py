"""Views of people for the pretraining benchmarks: real crops, or drawn ones."""

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

__all__ = ["PersonViews", "person_views", "synthetic_seed"]

CONFIG = Path(__file__).resolve().parents[1] / "configs/_base_/datasets"
DRAWN = 64  # people; more make the start slower and the benchmark no better


class PersonViews:
    """Batches of views as the loader of the pretraining configs gives them.

    Args:
        dataset: Its samples hold two global views and some local ones.
        batch_size: B.
    """

    def __init__(self, dataset: PersonImages, batch_size: int) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self._batches: dict[int, list[Tensor]] = {}

    def batch(self, number: int) -> list[Tensor]:
        """Views of a batch; the same for the same number.

        Args:
            number: Of the round, any whole number.

        Returns:
            V tensors (B, 3, H_v, W_v), uint8, blue first.
        """
        if number not in self._batches:
            first = number * self.batch_size
            draws = [
                SeededIndex(i % len(self.dataset), seed=i % 2**32)
                for i in range(first, first + self.batch_size)
            ]
            samples = [self.dataset[draw]["inputs"] for draw in draws]
            self._batches[number] = [
                torch.stack(view) for view in zip(*samples, strict=True)
            ]
        return self._batches[number]


@contextmanager
def person_views(
    images: Path | None,
    batch_size: int,
    num_local_views: int,
    size: tuple[int, int] | None = None,
) -> Iterator[PersonViews]:
    """Open a folder of crops, or draw people into a folder that is removed again.

    Args:
        images: Folder of crops; None draws.
        batch_size: B.
        num_local_views: Local views of every image.
        size: (H, W) of the global views, local ones are half as high and wide; None
            takes the config's.
    """
    pipeline = Config.fromfile(CONFIG / "multi_crop_256x128.py").train_pipeline
    (draw,) = (step for step in pipeline if step["type"] == "SampleViews")
    draw["views"][-1]["num"] = num_local_views
    if size is not None:
        *global_views, local_views = draw["views"]
        for view in global_views:
            view["size"] = size
        local_views["size"] = (size[0] // 2, size[1] // 2)
    with tempfile.TemporaryDirectory() as scratch:
        folder = images or render_people(Path(scratch) / "drawn")
        with DefaultScope.overwrite_default_scope("solider_mm"):
            dataset = PersonImages(
                data_root=folder, pipeline=pipeline, index_dir=Path(scratch) / "index"
            )
        yield PersonViews(dataset, batch_size)


def render_people(folder: Path) -> Path:
    """Draw crops of different people, 128 × 64 pixels as in Market-1501."""
    folder.mkdir(parents=True)
    for person in range(DRAWN):
        crop = render_pedestrian(person, camera=person % 6, shot=0)["image"]
        Image.fromarray(crop).save(folder / f"{person:03}.png")
    return folder


def synthetic_seed(number: int, batch_size: int) -> tuple[int, Tensor]:
    """A seed after which λ is 1 for half of the images, and that λ.

    λ is drawn from {0, 1} with equal chance. In a batch of eight the number of images
    with λ = 1, on which our work depends, would often be far from four: rounds with
    other draws are passed over, so that few rounds tell what many would.

    Args:
        number: Of the round.
        batch_size: B.

    Returns:
        The seed of torch's generator, and λ (B,).
    """
    seed = (number + 1000) * 1000
    while True:
        generator = torch.Generator().manual_seed(seed)
        semantic_weight = sample_semantic_weight(batch_size, generator=generator)
        if abs(semantic_weight.sum().item() - batch_size / 2) <= 0.5:
            return seed, semantic_weight
        seed += 1
