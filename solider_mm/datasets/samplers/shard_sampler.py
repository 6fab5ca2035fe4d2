"""Shuffling shard by shard, for network disks and object stores."""

from collections.abc import Sized

import numpy as np
import torch

from solider_mm.datasets.samplers.resumable_sampler import ResumableSampler
from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ShardSampler(ResumableSampler):
    """Shuffle the shards, and the samples within a window of shards.

    `ResumableSampler` jumps between all shards. Here every rank traverses a section of
    the randomly ordered shards, and samples from `window` of them at a time. Adjacent
    ranks share at most one shard at each end. No sample is repeated except for the
    round-up. The n-th sample of an epoch and its augmentation depend only on (seed,
    epoch, number of ranks, rank, n).

    Args:
        dataset: Dataset with `shard_starts`: the first sample of each shard, and the
            number of samples, (S + 1,). `PersonImages` has it when it reads shards.
        shuffle: Whether to shuffle every epoch; otherwise samples are in order.
        seed: Seed; `None` takes a random one, equal in all processes.
        round_up: Whether to repeat samples so that every rank gets the same number;
            otherwise the last ranks may get one less.
        window: Number of shards to sample from at a time. If adjacent images look
            alike, write the shards from a shuffled list, or use a large window.

    Raises:
        TypeError: If the dataset has no `shard_starts`.
        ValueError: If the dataset is empty, or `window` is below 1.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int | None = None,
        round_up: bool = True,
        window: int = 4,
    ) -> None:
        super().__init__(dataset, shuffle=shuffle, seed=seed, round_up=round_up)
        starts = getattr(dataset, "shard_starts", None)
        if starts is None:
            raise TypeError(
                f"{type(dataset).__name__} has no shard_starts: expected images in "
                "shards, as from PersonImages(shards=…); use ResumableSampler for "
                "others."
            )
        if window < 1:
            raise ValueError(
                f"window={window}: expected the number of shards to sample from, at "
                "least 1; raise it."
            )
        self.starts = torch.from_numpy(np.array(starts, dtype=np.int64))
        self.window = window

    def _samples(self) -> torch.Tensor:
        shards = self._shuffled(len(self.starts) - 1)
        lengths = self.starts.diff()[shards]
        # End of each shard when they are concatenated in this order.
        ends = lengths.cumsum(0)
        positions = self._section()
        places = torch.searchsorted(ends, positions, right=True)
        first = self.starts[shards] - (ends - lengths)
        samples = positions + first[places]
        return samples[self._mixed(places)] if self.shuffle else samples

    def _section(self) -> torch.Tensor:
        """Return this rank's section of the ordered shards, (len(self),)."""
        if self.round_up:
            start = self.rank * len(self)
        else:
            share, rest = divmod(self.num_images, self.world_size)
            start = self.rank * share + min(self.rank, rest)
        return torch.arange(start, start + len(self)) % self.num_images

    def _mixed(self, places: torch.Tensor) -> torch.Tensor:
        """Shuffle samples within a window that slides over the shards.

        Every sample gets a random time. The p-th of P shards is open from p to
        p + `window`, so at time t only the shards from t − `window` to t are open. The
        first `window` shards open together, and the last ones close together.

        Args:
            places: Position of each sample's shard in the epoch's order, (N,).

        Returns:
            Order of the samples, (N,).
        """
        shards, places = places.unique_consecutive(return_inverse=True)
        width = min(self.window, len(shards))
        opened = places.clamp(min=width - 1)
        closed = (places + width).clamp(max=len(shards))
        generator = torch.Generator()
        # −1: distinct from the seeds of the samples' augmentations.
        generator.manual_seed(counter_seed(self.seed, self.epoch, -1, self.rank))
        share = torch.rand(len(places), generator=generator, dtype=torch.float64)
        return torch.argsort(opened + (closed - opened) * share, stable=True)
