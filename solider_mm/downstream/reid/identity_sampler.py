"""P × K: batches of some identities with some images each."""

from collections.abc import Iterator, Sized
from typing import Any

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from torch import Tensor
from torch.utils.data import Sampler

from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS

__all__ = ["IdentitySampler"]


@DATA_SAMPLERS.register_module()
class IdentitySampler(Sampler[int]):
    """Draw `num_identities` different people with `num_instances` images each.

    Every epoch the images of each person are shuffled and cut into blocks of K =
    `num_instances`; what is left over is not used in this epoch, and a person with
    less than K images gets one block drawn with replacement. Batches take a block each
    of P = `num_identities` people, chosen at random among those with blocks left,
    until fewer than P are left. The dataloader's `batch_size` must be P × K.

    The order depends on (seed, epoch) alone, so a run resumed at the start of an epoch
    draws what the uninterrupted one would have drawn. With several processes each step
    draws P people for every rank: a person's block is whole, and no person is in two
    ranks at once.

    How many blocks find a batch depends on the draw, so the length differs a little
    between epochs. `len` is exact for the epoch that is set.

    Args:
        dataset: The training set, or a wrapper of it; `gt_label` of
            `get_data_info` says who is on an image.
        num_identities: P, per GPU.
        num_instances: K.
        seed: Seed; `None` agrees on a random one over the processes. mmengine's
            Runner gives its own.

    Raises:
        TypeError: The dataset does not tell labels.
        ValueError: P or K is less than 1, or the dataset has fewer identities than P
            times the number of processes.

    Source:
        docs/reference.md §4.3. The reference reports a length that it does not reach.
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
                "expected at least 1 of each; the reference takes 16 × 4"
            )
        self.rank, self.world_size = get_dist_info()
        self.num_identities = num_identities
        self.num_instances = num_instances
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        labels = torch.tensor(_labels(dataset), dtype=torch.int64)
        people, self._person = labels.unique(return_inverse=True)  # (N,) in 0…I-1
        if len(people) < num_identities * self.world_size:
            raise ValueError(
                f"the dataset has {len(people)} identities: expected at least "
                f"num_identities × processes = {num_identities} × {self.world_size}; "
                "lower num_identities and batch_size, or give more people"
            )
        self._drawn: tuple[int, Tensor] | None = None

    def __len__(self) -> int:
        """Samples of this rank in the current epoch."""
        return len(self._order())

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is drawn next; mmengine calls this."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Indices of this rank in the current epoch."""
        return iter(self._order().tolist())

    def _order(self) -> Tensor:
        """Draw the current epoch, once."""
        if self._drawn is None or self._drawn[0] != self.epoch:
            self._drawn = (self.epoch, self._draw())
        return self._drawn[1]

    def _draw(self) -> Tensor:
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


def _labels(dataset: Any) -> list[int]:
    # get_cat_ids is the second choice: mmpretrain's KFoldDataset hands it the number
    # within the fold as if it were one of the whole.
    if hasattr(dataset, "get_data_info"):
        infos = map(dataset.get_data_info, range(len(dataset)))
        labels = [info.get("gt_label") for info in infos]
    elif hasattr(dataset, "get_cat_ids"):
        labels = [dataset.get_cat_ids(index)[0] for index in range(len(dataset))]
    else:
        labels = [None]
    if None in labels:
        raise TypeError(
            f"{type(dataset).__name__} does not tell who is on its images: expected "
            "gt_label in get_data_info(index); use a re-identification data set with "
            "split='train'"
        )
    return labels


def _cut(
    person: Tensor, size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Shuffle the images of each person and cut them into blocks.

    Args:
        person: `(N,)` number of the person on each image, all of `0…I-1` occur.
        size: Images of a block.
        generator: Random numbers.

    Returns:
        Pool of image numbers in which blocks lie one after the other; `(I,)` place
        of each person's first block; `(I,)` number of their blocks.
    """
    shuffled = torch.randperm(len(person), generator=generator)
    pool = shuffled[person[shuffled].argsort(stable=True)]  # people one by one
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
    """Draw people with blocks left, step by step, until there are too few.

    Args:
        first: `(I,)` place of each person's first block.
        left: `(I,)` number of their blocks.
        people: People of a step.
        size: Images of a block.
        generator: Random numbers.

    Returns:
        `(steps, people)` places of the blocks.
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
