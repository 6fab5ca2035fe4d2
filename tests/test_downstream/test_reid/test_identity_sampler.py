"""P × K batches: the reference's rules, ranks, wrappers, epochs."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.registry import DATA_SAMPLERS
from mmpretrain.datasets import KFoldDataset

from solider_mm.downstream.reid import IdentitySampler, identity_sampler
from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import Crop


class Labels:
    """A dataset that only knows who is on its images."""

    def __init__(self, labels: list[int]) -> None:
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def get_data_info(self, index: int) -> dict[str, int]:
        return {"gt_label": self.labels[index]}


class People(ReIDBaseDataset):
    def read_parts(self, parts):
        counts = {"a": (4, 5, 8), "b": (2, 9)}[self.data_root]
        people = [person for person, count in enumerate(counts) for _ in range(count)]
        crops = [Crop(Path(f"{n}.jpg"), who, 0) for n, who in enumerate(people)]
        return dict.fromkeys(parts, crops)


PIDS = [person for person in range(10) for _ in range(1 + 3 * person)]


def _sampler(labels=PIDS, people=3, images=4, seed=1, **kwargs) -> IdentitySampler:
    return IdentitySampler(
        Labels(list(labels)),
        num_identities=people,
        num_instances=images,
        seed=seed,
        **kwargs,
    )


def _check_rules(order: list[int], labels: list[int], people: int, images: int) -> None:
    """What docs/reference.md §4.3 and the golden README say about any order."""
    assert len(order) % (people * images) == 0
    blocks = np.array(order).reshape(-1, images)
    who = np.array(labels)[blocks]
    assert (who == who[:, :1]).all()  # a block is one person
    batches = who[:, 0].reshape(-1, people)
    assert all(len(set(batch)) == people for batch in batches.tolist())
    count, used = Counter(labels), Counter(order)
    drawn = Counter(batches.flatten().tolist())
    left = 0
    for person, images_of_person in count.items():
        possible = max(images_of_person // images, 1)
        assert drawn[person] <= possible
        left += drawn[person] < possible
    assert left < people  # drawing stops only when too few people are left
    once = [index for index in used if count[labels[index]] >= images]
    assert all(used[index] == 1 for index in once)


def _naive_length(labels, people, images, rng) -> int:
    left = {who: max(n // images, 1) for who, n in Counter(labels).items()}
    length = 0
    while len(left) >= people:
        for who in rng.choice(list(left), people, replace=False).tolist():
            left[who] -= 1
            length += images
            if not left[who]:
                del left[who]
    return length


def test_follows_the_rules_of_the_official_example(golden_dir: Path) -> None:
    golden = json.loads((golden_dir / "reid_sampler.json").read_text())
    images = golden["num_instances"]
    people = golden["batch_size"] // images
    _check_rules(golden["example_order"], golden["pids"], people, images)
    sampler = _sampler(golden["pids"], people, images)
    lengths = []
    for epoch in range(200):
        sampler.set_epoch(epoch)
        _check_rules(list(sampler), golden["pids"], people, images)
        assert len(sampler) == len(list(sampler)) < golden["reported_len"]
        lengths.append(len(sampler))
    assert golden["actual_len"] in lengths
    rng = np.random.default_rng(0)
    naive = [_naive_length(golden["pids"], people, images, rng) for _ in range(200)]
    assert np.mean(lengths) == pytest.approx(np.mean(naive), rel=0.02)
    assert set(lengths) == set(naive)


def test_follows_rules_with_uneven_identities() -> None:
    sampler = _sampler()
    for epoch in range(30):
        sampler.set_epoch(epoch)
        _check_rules(list(sampler), PIDS, 3, 4)


def test_samples_every_image_and_identity() -> None:
    sampler, used = _sampler(images=2), Counter()
    for epoch in range(300):
        sampler.set_epoch(epoch)
        used.update(list(sampler))
    assert set(used) == set(range(len(PIDS)))
    # Person 9 has 28 images, person 5 has 16: each image about equally often.
    counts = [used[n] for n, who in enumerate(PIDS) if who == 5]
    assert max(counts) < 1.3 * min(counts)


def test_epochs_differ_and_are_reproducible() -> None:
    sampler = _sampler()
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == list(sampler) == first != list(_sampler(seed=2))
    resumed = _sampler()
    resumed.set_epoch(1)
    assert list(resumed) == second


@pytest.mark.parametrize("world_size", [2, 3])
def test_ranks_split_identities_of_a_step(monkeypatch, world_size: int) -> None:
    orders = []
    for rank in range(world_size):
        monkeypatch.setattr(
            identity_sampler, "get_dist_info", lambda rank=rank: (rank, world_size)
        )
        sampler = _sampler()
        orders.append(list(sampler))
        assert len(sampler) == len(orders[-1])
    steps = np.array(orders).reshape(world_size, -1, 3 * 4).swapaxes(0, 1)
    # Step by step the ranks draw together what P × ranks people would be alone.
    _check_rules(steps.flatten().tolist(), PIDS, 3 * world_size, 4)
    monkeypatch.setattr(identity_sampler, "get_dist_info", lambda: (0, 1))
    alone = list(_sampler(people=3 * world_size))
    assert steps.flatten().tolist() == alone


def test_reads_labels_of_wrapped_datasets() -> None:
    first = People(data_root="a")
    second = People(data_root="b", label_offset=3)
    keys = ["num_identities", "num_cameras"]
    joined = ConcatDataset([first, second], ignore_keys=keys)
    labels = [0] * 4 + [1] * 5 + [2] * 8 + [3] * 2 + [4] * 9
    for dataset, expected in (
        (joined, labels),
        (RepeatDataset(first, times=2), labels[:17] * 2),
    ):
        sampler = IdentitySampler(dataset, num_identities=3, num_instances=4, seed=0)
        _check_rules(list(sampler), expected, 3, 4)
    fold = KFoldDataset(dict(type=People, data_root="a"), num_splits=2, seed=0)
    labels = [fold.get_data_info(index)["gt_label"] for index in range(len(fold))]
    _check_rules(list(IdentitySampler(fold, num_identities=2, seed=0)), labels, 2, 4)


def test_falls_back_to_get_cat_ids() -> None:
    class CatIds(list):
        def get_cat_ids(self, index: int) -> list[int]:
            return [self[index]]

    sampler = IdentitySampler(CatIds(PIDS), num_identities=3, seed=1)
    assert list(sampler) == list(_sampler())


def test_refuses_impossible_batches() -> None:
    with pytest.raises(ValueError, match="num_identities=0, num_instances=4: expected"):
        _sampler(people=0)
    with pytest.raises(
        ValueError, match=r"has 10 identities: expected at least .*11 × 1"
    ):
        _sampler(people=11)
    with pytest.raises(ValueError, match="has 0 identities"):
        _sampler([])
    with pytest.raises(TypeError, match="list provides no identity labels"):
        IdentitySampler([1, 2])
    with pytest.raises(TypeError, match="split='train'"):
        IdentitySampler(People(data_root="a", split="test"), num_identities=1)


def test_builds_from_config() -> None:
    config = dict(type="solider_mm.IdentitySampler", num_identities=3)
    sampler = DATA_SAMPLERS.build(
        config, default_args=dict(dataset=Labels(PIDS), seed=1)
    )
    assert list(sampler) == list(_sampler())
