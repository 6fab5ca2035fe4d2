"""Hooks that move the teacher, its temperature and the last layer."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from torch import nn

from solider_mm.engine.hooks import (
    CounterSeedHook,
    LastLayerFreezeHook,
    TeacherTemperatureHook,
    TeacherUpdateHook,
)
from solider_mm.functional.counter_seed import counter_seed


def _runner(**kwargs: object) -> SimpleNamespace:
    hub = MessageHub.get_instance("test_teacher_hooks")
    return SimpleNamespace(message_hub=hub, iter=0, epoch=0, max_iters=4, **kwargs)


def test_momentum_rises_and_waits_for_the_optimizer() -> None:
    momenta: list[float] = []
    runner = _runner(
        model=SimpleNamespace(update_teacher=momenta.append),
        optim_wrapper=SimpleNamespace(should_update=lambda: runner.iter % 2 == 1),
    )
    hook = TeacherUpdateHook(momentum=0.5, end_momentum=1.0)
    for runner.iter in range(4):
        hook.after_train_iter(runner, 0)
    # by hand: 1 − ¼(1 + cos(π/4)) and 1 − ¼(1 + cos(3π/4))
    assert momenta == pytest.approx([1 - 0.4267767, 1 - 0.0732233])


def test_momentum_outside_the_interval_is_refused() -> None:
    with pytest.raises(ValueError, match=r"end_momentum=1\.2"):
        TeacherUpdateHook(end_momentum=1.2)


def test_temperature_warms_up() -> None:
    head = SimpleNamespace(teacher_temperature=0.0)
    runner = _runner(model=SimpleNamespace(head=head))
    hook = TeacherTemperatureHook(start=0.04, end=0.07, warmup_epochs=4)
    seen = []
    for runner.epoch in range(6):
        hook.before_train_epoch(runner)
        seen.append(head.teacher_temperature)
    assert seen == pytest.approx([0.04, 0.05, 0.06, 0.07, 0.07, 0.07])
    with pytest.raises(ValueError, match="start=0"):
        TeacherTemperatureHook(start=0)


def test_last_layer_stays_in_the_first_epoch_even_with_decay() -> None:
    neck = nn.Module()
    neck.mlp, neck.last_layer = nn.Linear(2, 2), nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(neck.parameters(), lr=0.1, weight_decay=0.5)
    runner = _runner(
        model=SimpleNamespace(neck=neck),
        optim_wrapper=SimpleNamespace(optimizer=optimizer),
    )
    LastLayerFreezeHook(epochs=1).before_train(runner)
    for runner.epoch, moves in ((0, False), (1, True)):
        before = neck.last_layer.weight.clone()
        mlp_before = neck.mlp.weight.clone()
        optimizer.zero_grad()
        neck.last_layer(neck.mlp(torch.ones(1, 2))).sum().backward()
        optimizer.step()
        assert (not torch.equal(before, neck.last_layer.weight)) is moves
        assert not torch.equal(mlp_before, neck.mlp.weight)


def test_iteration_decides_what_is_drawn() -> None:
    hook = CounterSeedHook()
    runner = _runner(seed=5)
    draws = []
    for runner.iter in (0, 1, 0):
        hook.before_train_iter(runner, 0)
        draws.append(torch.rand(3))
    torch.testing.assert_close(draws[0], draws[2], rtol=0, atol=0)
    assert not torch.equal(draws[0], draws[1])
    expected = torch.rand(
        3, generator=torch.Generator().manual_seed(counter_seed(5, 1, 0))
    )
    torch.testing.assert_close(draws[1], expected, rtol=0, atol=0)


def test_resumed_seed_reaches_the_sampler() -> None:
    sampler = SimpleNamespace(seed=0, start_from=lambda n: n)
    loop = SimpleNamespace(dataloader=SimpleNamespace(sampler=sampler))
    CounterSeedHook().before_train(_runner(seed=9, train_loop=loop))
    assert sampler.seed == 9
