"""Checks of data, batches and protocol before re-ID training."""

from types import SimpleNamespace

import pytest

from solider_mm.downstream.reid import training_check
from solider_mm.downstream.reid.head import ReIDHead
from solider_mm.downstream.reid.identity_sampler import IdentitySampler
from solider_mm.downstream.reid.training_check import (
    ReIDCheckHook,
    check_batches,
    check_labels,
    check_protocol,
)
from solider_mm.evaluation.reid import ReIDMetric


@pytest.fixture
def messages(monkeypatch):
    texts: list[str] = []
    monkeypatch.setattr(training_check, "print_log", lambda m, **_: texts.append(m))
    return texts


def image(person: int, camera: int, is_query: bool = False) -> dict:
    return dict(person_id=person, camera_id=camera, is_query=is_query)


@pytest.mark.parametrize("batch_size", [2, 30, 63])
def test_refuses_batches_that_are_not_p_by_k(batch_size: int) -> None:
    with pytest.raises(ValueError, match=rf"={batch_size} with .* 16 × 4 = 64"):
        check_batches(batch_size, 16, 4)


def test_refuses_batches_without_positives_or_negatives() -> None:
    check_batches(64, 16, 4)
    for identities, images in ((1, 4), (4, 1)):
        with pytest.raises(ValueError, match="the triplet loss is 0"):
            check_batches(4, identities, images)
        check_batches(4, identities, images, has_triplet_loss=False)


def test_refuses_labels_out_of_range_and_counts_weak_identities(messages) -> None:
    with pytest.raises(ValueError, match=r"1 of 2 .* set model\.head\.num_classes=6"):
        check_labels([0, 0, 5], 3)
    check_labels([0, 0, 1], 4)
    assert messages[0].endswith("num_classes is 4: 2 outputs have no images")
    assert messages[1].startswith("1 of 2 training identities have a single image")


def test_refuses_single_camera_and_names_the_remedy(messages) -> None:
    samples = [image(1, 0, True), image(1, 0), image(2, 0)]
    message = r"none of the 1 queries .*2 identities, 1 cameras.*cross_camera=False"
    with pytest.raises(ValueError, match=message):
        check_protocol(samples)
    check_protocol(samples, cross_camera=False)
    assert not messages


def test_counts_queries_without_match(messages) -> None:
    check_protocol([image(1, 0, True), image(3, 0, True), image(1, 1), image(-2, 1)])
    assert messages == ["1 of 2 queries have no match"]


class _Images:
    def __init__(self, infos: list[dict]) -> None:
        self.infos = infos

    def __len__(self) -> int:
        return len(self.infos)

    def get_data_info(self, index: int) -> dict:
        return self.infos[index]


def runner(batch_size: int, val: list[dict], **metric) -> SimpleNamespace:
    train = _Images([dict(gt_label=n // 4) for n in range(16)])
    sampler = IdentitySampler(train, num_identities=2, num_instances=2, seed=0)
    loader = SimpleNamespace(
        dataset=train, sampler=sampler, batch_size=batch_size, __len__=lambda: 4
    )
    loop = SimpleNamespace(
        dataloader=SimpleNamespace(dataset=_Images(val)),
        evaluator=SimpleNamespace(metrics=[ReIDMetric(**metric)]),
    )

    class Loader(SimpleNamespace):
        def __len__(self) -> int:
            return 16 // self.batch_size

    return SimpleNamespace(
        train_dataloader=Loader(**vars(loader)),
        model=SimpleNamespace(head=ReIDHead(num_classes=4, in_channels=3)),
        val_loop=loop,
        test_loop=loop,
    )


def test_hook_checks_training_and_evaluation(tmp_path) -> None:
    across = [image(1, 0, True), image(1, 1)]
    single = [image(1, 0, True), image(1, 0)]
    hook = ReIDCheckHook()
    hook.before_train(runner(4, across))
    with pytest.raises(ValueError, match="batch_size=2 with"):
        hook.before_train(runner(2, across))
    for check in (hook.before_train, hook.before_test):
        with pytest.raises(ValueError, match="from another camera"):
            check(runner(4, single))
        check(runner(4, single, cross_camera=False))
        check(runner(4, single, ranking_file=tmp_path / "ranking.json"))
