from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import HOOKS

from solider_mm.downstream.attribute import PedestrianAttributeHead


def runner(metainfo):
    head = PedestrianAttributeHead(in_channels=4, num_classes=2)
    dataset = SimpleNamespace(metainfo=metainfo)
    return SimpleNamespace(
        model=SimpleNamespace(head=head),
        train_dataloader=SimpleNamespace(dataset=dataset),
    )


@pytest.fixture
def hook():
    return HOOKS.build(dict(type="solider_mm.AttributeFrequencyHook"))


def test_sets_frequencies_of_training_data(hook):
    run = runner({"classes": ("hat", "bag"), "positive_ratio": (0.25, 0.5)})
    hook.before_train(run)
    assert torch.equal(run.model.head.positive_ratio, torch.tensor([0.25, 0.5]))
    expected = torch.tensor([0.25, 0.5]).exp().tolist()
    assert run.model.head.loss_module.class_weight == expected


@pytest.mark.parametrize("metainfo", [{}, {"positive_ratio": None}])
def test_refuses_data_without_frequencies(hook, metainfo):
    with pytest.raises(ValueError, match="has no positive_ratio"):
        hook.before_train(runner(metainfo))


def test_refuses_other_number_of_attributes(hook):
    with pytest.raises(ValueError, match="set num_classes"):
        hook.before_train(runner({"classes": ("hat",), "positive_ratio": (0.25,)}))
