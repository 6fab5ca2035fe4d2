"""The sampler that can start anywhere."""

import pytest

from solider_mm.datasets.samplers import (
    ResumableSampler,
    SeededIndex,
    resumable_sampler,
)
from solider_mm.registry import DATA_SAMPLERS


def _sampler(rank: int, world_size: int, length: int, **kwargs: object):
    sampler = ResumableSampler(range(length), seed=3, **kwargs)
    sampler.rank, sampler.world_size = rank, world_size
    return sampler


@pytest.mark.parametrize("shuffle", [True, False])
def test_every_sample_once_per_epoch(shuffle: bool) -> None:
    sampler = _sampler(0, 1, 50, shuffle=shuffle)
    draws = list(sampler)
    assert len(draws) == len(sampler) == 50
    assert sorted(draw.sample for draw in draws) == list(range(50))
    assert len({draw.seed for draw in draws}) == 50
    assert ([draw.sample for draw in draws] == list(range(50))) is not shuffle


def test_epochs_differ_and_repeat() -> None:
    sampler = _sampler(0, 1, 20)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert [d.sample for d in first] != [d.sample for d in second]
    assert not {d.seed for d in first} & {d.seed for d in second}
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_starts_in_the_middle_once() -> None:
    sampler = _sampler(0, 1, 20)
    whole = list(sampler)
    sampler.start_from(8)
    assert list(sampler) == whole[8:]
    assert list(sampler) == whole


def test_ranks_share_an_epoch() -> None:
    """Two ranks draw together what one process draws alone, in the same order."""
    alone = list(_sampler(0, 1, 21))
    ranks = [list(_sampler(rank, 2, 21)) for rank in range(2)]
    together = [draw for pair in zip(*ranks, strict=True) for draw in pair]
    assert together[:21] == alone
    assert together[21].sample == alone[0].sample  # the last rank repeats one


def test_without_rounding_nothing_repeats() -> None:
    ranks = [list(_sampler(rank, 2, 21, round_up=False)) for rank in range(2)]
    assert [len(rank) for rank in ranks] == [11, 10]
    assert sorted(draw.sample for rank in ranks for draw in rank) == list(range(21))


def test_empty_dataset_is_refused() -> None:
    with pytest.raises(ValueError, match="0 samples"):
        ResumableSampler([])


def test_built_by_name() -> None:
    config = dict(type="solider_mm.ResumableSampler", dataset=range(3), seed=0)
    sampler = DATA_SAMPLERS.build(config)
    assert isinstance(next(iter(sampler)), SeededIndex)
    assert resumable_sampler.SeededIndex is SeededIndex
