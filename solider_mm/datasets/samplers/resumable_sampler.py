"""A shuffling sampler that can start anywhere and gives every draw its own seed."""

import math
from collections.abc import Iterator, Sized
from typing import NamedTuple

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS


class SeededIndex(NamedTuple):
    """One draw of a sample: which, and the seed of its augmentations."""

    sample: int
    seed: int


@DATA_SAMPLERS.register_module()
class ResumableSampler(Sampler[SeededIndex]):
    """Shuffle by (seed, epoch) and deal the samples to the ranks in turn.

    What the n-th draw of an epoch is, and which augmentation it gets, depends on
    (seed, epoch, n) alone: not on workers, earlier draws or interruptions.

    Args:
        dataset: The dataset; only its length is used.
        shuffle: Shuffle every epoch.
        seed: Seed; ``None`` agrees on a random one over the processes.
        round_up: Repeat samples so that every rank gets the same number; otherwise
            the last ranks may get one less.

    Raises:
        ValueError: If the dataset is empty.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int | None = None,
        round_up: bool = True,
    ) -> None:
        if len(dataset) == 0:
            raise ValueError("The dataset has 0 samples: there is nothing to draw.")
        self.rank, self.world_size = get_dist_info()
        self.num_images = len(dataset)
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.round_up = round_up
        self.epoch = 0
        self.start = 0

    def __len__(self) -> int:
        """Samples of this rank in a whole epoch."""
        if self.round_up:
            return math.ceil(self.num_images / self.world_size)
        return len(range(self.rank, self.num_images, self.world_size))

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is drawn next; mmengine calls this."""
        self.epoch = epoch

    def start_from(self, num_samples: int) -> None:
        """Leave out this rank's first samples of the next epoch only.

        Args:
            num_samples: How many of this rank's samples have been used already.
        """
        self.start = num_samples

    def __iter__(self) -> Iterator[SeededIndex]:
        """Draws of this rank in the current epoch."""
        samples = self._samples()
        start, self.start = self.start, 0
        for place in range(start, len(self)):
            position = self.rank + place * self.world_size
            seed = counter_seed(self.seed, self.epoch, position)
            yield SeededIndex(int(samples[place]), seed)

    def _samples(self) -> torch.Tensor:
        """Return this rank's samples of the epoch in their order, ``(len(self),)``."""
        order = self._shuffled(self.num_images)
        positions = torch.arange(len(self)) * self.world_size + self.rank
        return order[positions % self.num_images]

    def _shuffled(self, count: int) -> torch.Tensor:
        """Return 0 to before `count` in the order of the epoch, equal on all ranks."""
        if not self.shuffle:
            return torch.arange(count)
        generator = torch.Generator()
        generator.manual_seed(counter_seed(self.seed, self.epoch))
        return torch.randperm(count, generator=generator)
