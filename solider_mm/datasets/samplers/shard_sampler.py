"""Shuffle shard by shard, for network disks and object stores."""

from collections.abc import Sized

import numpy as np
import torch

from solider_mm.datasets.samplers.resumable_sampler import ResumableSampler
from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ShardSampler(ResumableSampler):
    """Shuffle the shards, and the samples among a few neighboring shards.

    `ResumableSampler` jumps between all shards. Here every rank goes through a stretch
    of the shards' random order, of which its neighbors share the first and the last
    shard at most, and at any moment draws from `window` of them. Nothing is drawn
    twice, up to the round-up. What the n-th draw of an epoch is, and which
    augmentation it gets, depends on (seed, epoch, number of ranks, rank, n) alone.

    Args:
        dataset: The dataset, with ``shard_starts``: the first sample of each shard, and
            the number of samples, ``(S + 1,)``. `PersonImages` has it where it reads
            shards.
        shuffle: Shuffle every epoch; otherwise the ranks go through the samples in
            their order.
        seed: Seed; ``None`` agrees on a random one over the processes.
        round_up: Repeat samples so that every rank gets the same number; otherwise
            the last ranks may get one less.
        window: From how many shards is drawn at a time. The shards should be made
            from a shuffled list, or the window be large, where neighboring images
            look alike.

    Raises:
        TypeError: If the dataset does not tell its shards.
        ValueError: If the dataset is empty, or `window` is less than 1.
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
                f"{type(dataset).__name__} does not tell where its shards start: "
                "ShardSampler needs images in shards, as from PersonImages(shards=…); "
                "use ResumableSampler for others"
            )
        if window < 1:
            raise ValueError(
                f"window={window}: expected the number of shards to draw from, 1 or "
                "more"
            )
        self.starts = torch.from_numpy(np.array(starts, dtype=np.int64))
        self.window = window

    def _samples(self) -> torch.Tensor:
        shards = self._shuffled(len(self.starts) - 1)
        lengths = self.starts.diff()[shards]
        # Where each shard ends when they lie one after the other in this order.
        ends = lengths.cumsum(0)
        positions = self._stretch()
        places = torch.searchsorted(ends, positions, right=True)
        first = self.starts[shards] - (ends - lengths)
        samples = positions + first[places]
        return samples[self._mixed(places)] if self.shuffle else samples

    def _stretch(self) -> torch.Tensor:
        """Return this rank's part of the shards' order, ``(len(self),)``."""
        if self.round_up:
            start = self.rank * len(self)
        else:
            share, rest = divmod(self.num_images, self.world_size)
            start = self.rank * share + min(self.rank, rest)
        return torch.arange(start, start + len(self)) % self.num_images

    def _mixed(self, places: torch.Tensor) -> torch.Tensor:
        """Shuffle samples within a window that slides over the shards.

        Every sample is drawn at a random time. The p-th of P shards is open from p to
        p + `window`, so at time t only those from t − `window` to t are. The first
        `window` shards open together, and the last close together.

        Args:
            places: Place of each sample's shard in the epoch's order, ``(N,)``.

        Returns:
            The order to draw the samples in, ``(N,)``.
        """
        shards, places = places.unique_consecutive(return_inverse=True)
        width = min(self.window, len(shards))
        opened = places.clamp(min=width - 1)
        closed = (places + width).clamp(max=len(shards))
        generator = torch.Generator()
        # −1, so that it is the seed of no sample's augmentations.
        generator.manual_seed(counter_seed(self.seed, self.epoch, -1, self.rank))
        share = torch.rand(len(places), generator=generator, dtype=torch.float64)
        return torch.argsort(opened + (closed - opened) * share, stable=True)
