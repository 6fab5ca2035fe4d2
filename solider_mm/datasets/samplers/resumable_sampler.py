"""A shuffling sampler that can resume anywhere and seeds every sample."""

import math
from collections.abc import Iterator, Sized
from typing import NamedTuple

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS


class SeededIndex(NamedTuple):
    """Index of a sample with the seed of its augmentations.

    Attributes:
        sample: Index in the dataset.
        seed: Seed of the augmentations.
    """

    sample: int
    seed: int


@DATA_SAMPLERS.register_module()
class ResumableSampler(Sampler[SeededIndex]):
    """Shuffle by (seed, epoch) and distribute the samples to the ranks in turn.

    The n-th sample of an epoch and its augmentation depend only on (seed, epoch, n),
    not on workers, earlier samples or interruptions.

    Args:
        dataset: Dataset, of which only the length is used.
        shuffle: Whether to shuffle every epoch.
        seed: Seed; `None` takes a random one, equal in all processes.
        round_up: Whether to repeat samples so that every rank gets the same number;
            otherwise the last ranks may get one less.

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
            raise ValueError(
                "the dataset has 0 samples: expected at least 1; check its data_root."
            )
        self.rank, self.world_size = get_dist_info()
        self.num_images = len(dataset)
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.round_up = round_up
        self.epoch = 0
        self.start = 0

    def __len__(self) -> int:
        """Number of samples of this rank in an epoch."""
        if self.round_up:
            return math.ceil(self.num_images / self.world_size)
        return len(range(self.rank, self.num_images, self.world_size))

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration; mmengine calls this."""
        self.epoch = epoch

    def start_from(self, num_samples: int) -> None:
        """Skip this rank's first samples, in the next epoch only.

        Args:
            num_samples: Number of this rank's samples that are already used.
        """
        self.start = num_samples

    def __iter__(self) -> Iterator[SeededIndex]:
        """Yield the samples of this rank in the current epoch."""
        samples = self._samples()
        start, self.start = self.start, 0
        for place in range(start, len(self)):
            position = self.rank + place * self.world_size
            seed = counter_seed(self.seed, self.epoch, position)
            yield SeededIndex(int(samples[place]), seed)

    def _samples(self) -> torch.Tensor:
        """Return this rank's samples of the epoch in order, (len(self),)."""
        order = self._shuffled(self.num_images)
        positions = torch.arange(len(self)) * self.world_size + self.rank
        return order[positions % self.num_images]

    def _shuffled(self, count: int) -> torch.Tensor:
        """Return 0…`count` − 1 in the order of the epoch, equal on all ranks."""
        if not self.shuffle:
            return torch.arange(count)
        generator = torch.Generator()
        generator.manual_seed(counter_seed(self.seed, self.epoch))
        return torch.randperm(count, generator=generator)
