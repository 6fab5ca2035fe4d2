"""P×K sampler: P identities with K images each."""

from collections.abc import Iterator, Sized
from typing import Any

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch import Tensor
from torch.utils.data import Sampler

from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS

__all__ = ["IdentitySampler", "identity_labels"]


@DATA_SAMPLERS.register_module()
class IdentitySampler(Sampler[int]):
    """Sample `num_identities` identities with `num_instances` images each.

    In every epoch, the images of each identity are shuffled and cut into blocks of K =
    `num_instances`. Remaining images are not used in this epoch; an identity with fewer
    than K images gets one block sampled with replacement. Each batch takes one block of
    P = `num_identities` identities, chosen at random among those with blocks left,
    until fewer than P are left. The `batch_size` of the dataloader must be P × K.

    The order depends only on (seed, epoch), so a resumed epoch repeats the same order.
    With several processes, each step samples P identities per rank; blocks are not
    split, and no identity is in two ranks at once.

    The number of blocks that form a batch is random, so the length differs slightly
    between epochs. `len` is exact for the current epoch.

    Args:
        dataset: Training set or a wrapper of it; `get_data_info` returns `gt_label`.
        num_identities: Number of identities P per GPU.
        num_instances: Number of images K per identity.
        seed: Random seed; None synchronizes a random one across processes. mmengine's
            Runner passes its own.

    Raises:
        TypeError: If the dataset provides no identity labels.
        ValueError: If P or K is below 1, or the dataset has fewer identities than P
            times the number of processes.

    Source:
        docs/reference.md §4.3. The official sampler reports a length that it does not
        reach.
    """

    def __init__(
        self,
        dataset: Sized,
        *,
        num_identities: int = 16,
        num_instances: int = 4,
        seed: int | None = None,
    ) -> None:
        if num_identities < 1 or num_instances < 1:
            raise ValueError(
                f"num_identities={num_identities}, num_instances={num_instances}: "
                "expected at least 1 of each; the official code uses 16 × 4"
            )
        self.rank, self.world_size = get_dist_info()
        self.num_identities = num_identities
        self.num_instances = num_instances
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        labels = torch.tensor(identity_labels(dataset), dtype=torch.int64)
        people, self._person = labels.unique(return_inverse=True)  # (N,) in 0…I-1
        if len(people) < num_identities * self.world_size:
            raise ValueError(
                f"the dataset has {len(people)} identities: expected at least "
                f"num_identities × processes = {num_identities} × {self.world_size}; "
                "lower num_identities and batch_size, or add identities"
            )
        self._sampled: tuple[int, Tensor] | None = None

    def __len__(self) -> int:
        """Return the number of samples of this rank in the current epoch."""
        return len(self._order())

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch; called by mmengine."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Iterate over the indices of this rank in the current epoch."""
        return iter(self._order().tolist())

    def _order(self) -> Tensor:
        """Sample the order of the current epoch once."""
        if self._sampled is None or self._sampled[0] != self.epoch:
            self._sampled = (self.epoch, self._sample())
        return self._sampled[1]

    def _sample(self) -> Tensor:
        generator = torch.Generator()
        generator.manual_seed(counter_seed(self.seed, self.epoch))
        pool, first, left = _cut(self._person, self.num_instances, generator)
        starts = _deal(
            first,
            left,
            self.num_identities * self.world_size,
            self.num_instances,
            generator,
        )  # (steps, P · world size)
        own = starts.view(len(starts), self.world_size, -1)[:, self.rank]
        block = torch.arange(self.num_instances)
        return pool[own.unsqueeze(-1) + block].flatten()  # (steps · P · K,)


def identity_labels(dataset: Any) -> list[int]:
    """Return the training label of every sample.

    Args:
        dataset: Dataset with `get_data_info` or `get_cat_ids`.

    Returns:
        Labels of all samples.

    Raises:
        TypeError: If the dataset provides no identity labels.
    """
    # get_cat_ids is the second choice: mmpretrain's KFoldDataset passes it the index
    # within the fold.
    if hasattr(dataset, "get_data_info"):
        infos = map(dataset.get_data_info, range(len(dataset)))
        labels = [info.get("gt_label") for info in infos]
    elif hasattr(dataset, "get_cat_ids"):
        labels = [dataset.get_cat_ids(index)[0] for index in range(len(dataset))]
    else:
        labels = [None]
    if None in labels:
        raise TypeError(
            f"{type(dataset).__name__} provides no identity labels: expected "
            "gt_label in get_data_info(index); use a re-identification data set with "
            "split='train'"
        )
    return labels


def _cut(
    person: Tensor, size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Shuffle the images of each identity and cut them into blocks.

    Args:
        person: Identity of each image, (N,); all of `0…I-1` occur.
        size: Number of images per block.
        generator: Random generator.

    Returns:
        Pool of image indices with consecutive blocks, the position of each identity's
        first block (I,) and the number of its blocks (I,).
    """
    shuffled = torch.randperm(len(person), generator=generator)
    pool = shuffled[person[shuffled].argsort(stable=True)]  # sorted by identity
    count = person.bincount()
    first = count.cumsum(0) - count
    few = (count < size).nonzero().flatten()
    chance = torch.rand(len(few), size, generator=generator, dtype=torch.float64)
    repeated = pool[first[few, None] + (chance * count[few, None]).long()]
    first[few] = len(pool) + size * torch.arange(len(few))
    return torch.cat([pool, repeated.flatten()]), first, (count // size).clamp(min=1)


def _deal(
    first: Tensor, left: Tensor, people: int, size: int, generator: torch.Generator
) -> Tensor:
    """Sample identities with blocks left, step by step, until too few remain.

    Args:
        first: Position of each identity's first block, (I,).
        left: Number of blocks of each identity, (I,).
        people: Number of identities per step.
        size: Number of images per block.
        generator: Random generator.

    Returns:
        Positions of the blocks, (steps, people).
    """
    following, left, steps = first.clone(), left.clone(), []
    available = left.nonzero().flatten()
    while len(available) >= people:
        chosen = torch.randperm(len(available), generator=generator)[:people]
        chosen = available[chosen]
        steps.append(following[chosen])
        following[chosen] += size
        left[chosen] -= 1
        available = left.nonzero().flatten()
    return torch.stack(steps)
