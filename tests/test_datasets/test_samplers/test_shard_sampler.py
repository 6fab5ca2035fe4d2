"""The sampler that goes through shards: exact, local, resumable."""

import time
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

from solider_mm.datasets import (
    PersonImages,
    ResumableSampler,
    ShardSampler,
    write_shards,
)
from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import DATA_SAMPLERS

SIZES = (7, 3, 0, 11, 5, 8, 6, 9, 4, 10)


class Shards:
    """Samples in shards of the given sizes."""

    def __init__(self, *sizes: int) -> None:
        self.shard_starts = np.array([0, *accumulate(sizes)])

    def __len__(self) -> int:
        return int(self.shard_starts[-1])

    def shard_of(self, sample: int) -> int:
        return int(np.searchsorted(self.shard_starts, sample, side="right")) - 1


def _sampler(rank: int, world_size: int, *sizes: int, **kwargs: object) -> ShardSampler:
    sampler = ShardSampler(Shards(*(sizes or SIZES)), seed=3, **kwargs)
    sampler.rank, sampler.world_size = rank, world_size
    return sampler


def samples(sampler: ShardSampler) -> list[int]:
    return [draw.sample for draw in sampler]


@pytest.mark.parametrize("world_size", [1, 2, 3, 7, 63, 64, 100])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("window", [1, 3, 99])
def test_every_sample_once_per_epoch(world_size, shuffle, window) -> None:
    total = sum(SIZES)
    options = dict(shuffle=shuffle, window=window)
    exact = [
        samples(_sampler(r, world_size, round_up=False, **options))
        for r in range(world_size)
    ]
    assert sorted(chain(*exact)) == list(range(total))
    assert max(map(len, exact)) - min(map(len, exact)) <= 1
    rounded = [_sampler(r, world_size, **options) for r in range(world_size)]
    drawn = [samples(sampler) for sampler in rounded]
    assert {len(d) for d in drawn} == {len(s) for s in rounded}
    assert {len(d) for d in drawn} == {-(-total // world_size)}
    assert set(chain(*drawn)) == set(range(total))


def test_unshuffled_is_in_order() -> None:
    assert samples(_sampler(0, 1, shuffle=False)) == list(range(sum(SIZES)))


def test_epochs_differ_and_repeat() -> None:
    sampler = _sampler(0, 2)
    first = list(sampler)
    sampler.set_epoch(1)
    second = samples(sampler)
    assert [draw.sample for draw in first] != second
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_starts_in_the_middle_once() -> None:
    sampler = _sampler(1, 2)
    whole = list(sampler)
    sampler.start_from(8)
    assert list(sampler) == whole[8:]
    assert list(sampler) == whole


def test_seeds_are_those_of_the_other_sampler() -> None:
    for rank in range(2):
        sampler, other = _sampler(rank, 2), ResumableSampler(Shards(*SIZES), seed=3)
        other.rank, other.world_size = rank, 2
        seeds = [draw.seed for draw in sampler]
        assert seeds == [draw.seed for draw in other]
        assert seeds[5] == counter_seed(3, 0, rank + 5 * 2)


def test_ranks_share_two_shards_at_most() -> None:
    """Rank after rank goes on in the same order of the shards."""
    data = Shards(*SIZES)
    touched = [
        {data.shard_of(sample) for sample in samples(_sampler(r, 3, round_up=False))}
        for r in range(3)
    ]
    assert len(touched[0] & touched[1]) <= 1
    assert len(touched[1] & touched[2]) <= 1
    assert not touched[0] & touched[2]


@pytest.mark.parametrize("window", [1, 2, 4])
@pytest.mark.parametrize("world_size", [1, 3])
def test_few_shards_are_open_at_once(window, world_size) -> None:
    data = Shards(*[50] * 20)
    sampler = _sampler(1 % world_size, world_size, *[50] * 20, window=window)
    shards = [data.shard_of(sample) for sample in samples(sampler)]
    last = {shard: place for place, shard in enumerate(shards)}
    is_open: set[int] = set()
    most = 0
    for place, shard in enumerate(shards):
        is_open.add(shard)
        most = max(most, len(is_open))
        is_open -= {shard} if last[shard] == place else set()
    assert most == window


def test_window_mixes_from_the_first_sample_on() -> None:
    """At the start and the end of an epoch several shards are open, too."""
    data = Shards(*[200] * 20)
    drawn = samples(_sampler(0, 1, *[200] * 20, window=4))
    for part in (drawn[:100], drawn[1000:1100], drawn[-100:]):
        assert len({data.shard_of(sample) for sample in part}) == 4
    assert drawn[:200] != sorted(drawn[:200])


def test_built_by_name() -> None:
    config = dict(type="solider_mm.ShardSampler", dataset=Shards(2, 1), seed=0)
    assert sorted(samples(DATA_SAMPLERS.build(config))) == [0, 1, 2]


def test_refusals(tmp_path) -> None:
    Image.new("RGB", (4, 8)).save(tmp_path / "a.png")
    for dataset in (range(3), PersonImages(data_root=tmp_path, index_dir=tmp_path)):
        with pytest.raises(TypeError, match=r"no shard_starts.* use ResumableSampler"):
            ShardSampler(dataset)
    with pytest.raises(ValueError, match="window=0: expected"):
        ShardSampler(Shards(1), window=0)
    with pytest.raises(ValueError, match="0 samples"):
        ShardSampler(Shards())


def test_millions_take_a_moment() -> None:
    """LUPerson: 4.18 million images; loose bound, measured 0.7 s on one core."""
    sampler = _sampler(0, 1, *[10_000] * 418)
    start = time.monotonic()
    next(iter(sampler))
    assert time.monotonic() - start < 15


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PersonImages:
    """Nineteen images in five shards."""
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    files = []
    for i in range(19):
        Image.new("RGB", (4, 8), (0, 0, 10 * i)).save(tmp_path / f"{i:02}.png")
        files.append((b"%02d.png" % i, tmp_path / f"{i:02}.png"))
    write_shards(files, tmp_path / "lup", images_per_shard=4)
    loader = dict(type="LoadPersonImage")
    return PersonImages(data_root=tmp_path, shards="lup", pipeline=[loader])


def blues(images: PersonImages, sampler: ShardSampler) -> list[int]:
    loaded = DataLoader(
        images,
        sampler=sampler,
        batch_size=2,
        num_workers=2,
        collate_fn=lambda batch: [int(s["img"][0, 0, 0]) for s in batch],
    )
    return [blue for batch in loaded for blue in batch]


@pytest.mark.slow
def test_ranks_and_workers_load_every_image_once(images) -> None:
    for epoch in range(2):
        found = []
        for rank in range(2):
            sampler = ShardSampler(images, seed=1, round_up=False, window=2)
            sampler.rank, sampler.world_size = rank, 2
            sampler.set_epoch(epoch)
            found.append(blues(images, sampler))
            sampler.start_from(4)
            assert blues(images, sampler) == found[-1][4:]
        assert [len(part) for part in found] == [10, 9]
        assert sorted(chain(*found)) == [10 * i for i in range(19)]
