import copy

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing import (  # noqa: E402
    reestimate_batch_norm,
    update_cycle_average,
)


class Model(nn.Module):
    """Model with dropout, which would affect the statistics in training mode."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.norm = nn.BatchNorm2d(3)
        self.fc = nn.Linear(3, 2)

    def data_preprocessor(self, data, training):
        assert not training
        return data

    def forward(self, inputs, data_samples=None, mode="tensor"):
        assert mode == "tensor"
        assert not torch.is_grad_enabled()
        return self.fc(self.norm(self.drop(inputs)).mean((2, 3)))


def test_average_weights_all_cycles_equally():
    """After each cycle the average is the mean of all models, to 1e-7."""
    average, snapshots = Model(), []
    for cycle in range(5):
        current = Model()
        with torch.no_grad():
            current.norm.weight.uniform_(-1, 1)
        before = [p.double().clone() for p in average.parameters()]
        update_cycle_average(average, current, cycle)
        snapshots.append([p.double() for p in current.parameters()])
        for index, parameter in enumerate(average.parameters()):
            weight = 1 / (cycle + 1)
            step = (1 - weight) * before[index] + weight * snapshots[-1][index]
            mean = sum(one[index] for one in snapshots) / len(snapshots)
            torch.testing.assert_close(parameter.double(), step, rtol=0, atol=1e-7)
            torch.testing.assert_close(parameter.double(), mean, rtol=0, atol=1e-7)


def test_first_cycle_copies_buffers_too():
    average, current = Model(), Model()
    current.norm.running_mean.fill_(3)
    update_cycle_average(average, current, 0)
    for name, value in current.state_dict().items():
        assert torch.equal(average.state_dict()[name], value)


def test_statistics_are_the_mean_over_images():
    """Every image has the same weight, and dropout is off."""
    model = Model().train()
    batches = [torch.randn(n, 3, 4, 5) * 2 + 1 for n in (6, 6, 2)]
    weights = copy.deepcopy([p.detach() for p in model.parameters()])
    momentum = model.norm.momentum
    seen = reestimate_batch_norm(model, [dict(inputs=b) for b in batches])
    assert seen == 14
    mean = torch.cat(batches).mean((0, 2, 3))
    torch.testing.assert_close(model.norm.running_mean, mean)
    variances = torch.stack([len(b) * b.var((0, 2, 3)) for b in batches]).sum(0) / 14
    torch.testing.assert_close(model.norm.running_var, variances)
    assert not any(module.training for module in model.modules())
    assert model.norm.momentum == momentum
    for parameter, before in zip(model.parameters(), weights, strict=True):
        assert torch.equal(parameter, before)


def test_statistics_do_not_depend_on_earlier_ones():
    batches = [dict(inputs=torch.randn(4, 3, 4, 5)) for _ in range(2)]
    model = Model()
    reestimate_batch_norm(model, batches)
    first = model.norm.running_var.clone()
    model.norm.running_var.fill_(100)
    reestimate_batch_norm(model, batches)
    assert torch.equal(model.norm.running_var, first)


def test_loads_no_batch_without_batch_norm():
    def unread():
        pytest.fail("no batch should be loaded")
        yield

    assert reestimate_batch_norm(nn.Linear(1, 1), unread()) == 0
