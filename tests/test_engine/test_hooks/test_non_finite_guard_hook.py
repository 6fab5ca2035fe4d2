import logging

import pytest
import torch
from torch import nn

from solider_mm.engine.hooks import NonFiniteError, NonFiniteGuardHook
from solider_mm.engine.hooks import non_finite_guard_hook as module

WRAPPERS = [
    dict(type="OptimWrapper"),
    dict(type="PretrainOptimWrapper", dtype="bfloat16"),
    dict(type="PretrainOptimWrapper", clip_grad=dict(type="per_tensor", max_norm=1.0)),
]
OPTIMIZERS = [
    dict(type="SGD", lr=0.1, momentum=0.9, weight_decay=0.1),
    dict(type="AdamW", lr=0.1),
    dict(type="AdamW", lr=0.1, fused=True),
]


@pytest.fixture
def warnings(monkeypatch):
    found = []

    def record(message, logger, level):
        assert (logger, level) == ("current", logging.WARNING)
        found.append(message)

    monkeypatch.setattr(module, "print_log", record)
    return found


def train(toy_runner, *hooks, **options):
    import solider_mm.engine  # noqa: F401, PLC0415

    runner = toy_runner(custom_hooks=[NonFiniteGuardHook(), *hooks], **options)
    runner.train()
    return runner


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_bad_step_changes_nothing(toy_runner, warnings, wrapper, optimizer) -> None:
    states = {}

    class Record(module.Hook):
        def after_train_iter(self, runner, *_, **__) -> None:
            state = runner.model.state_dict()
            states[runner.iter] = {k: v.clone() for k, v in state.items()}

    wrapper = dict(wrapper, optimizer=optimizer)
    runner = train(toy_runner, Record(), bad=(2,), optim_wrapper=wrapper)
    for name, value in states[1].items():  # iteration 1 has image 2
        kept = states[0][name]
        if value.is_floating_point():
            assert torch.equal(value, kept), name
    assert not torch.equal(states[2]["layer.weight"], states[1]["layer.weight"])
    for value in runner.model.state_dict().values():
        assert value.isfinite().all()


def test_report_names_iteration_loss_and_images(toy_runner, warnings) -> None:
    train(toy_runner, bad=(5,))
    assert warnings == [
        f"Iteration {number}: the loss or a gradient is not finite (loss = nan); the "
        "step was not applied. Images of the batch: image_4.jpg, image_5.jpg."
        for number in (3, 7)
    ]


def test_equals_run_without_guard_if_all_is_finite(toy_runner, warnings) -> None:
    guarded = train(toy_runner)
    plain = toy_runner("plain")
    plain.train()
    for a, b in zip(guarded.model.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert warnings == []


def test_stops_after_some_in_a_row(toy_runner, warnings) -> None:
    message = r"Iteration 4: .*These were 3 in a row, so training stops\."
    with pytest.raises(NonFiniteError, match=message):
        train(toy_runner, bad=(2, 4, 7))
    assert len(warnings) == 2


def test_nan_weight_stops_the_run(toy_runner, warnings) -> None:
    class Destroy(module.Hook):
        def before_train_iter(self, runner, *_, **__) -> None:
            if runner.iter == 1:
                runner.model.layer.weight.data[0, 0] = float("nan")

    with pytest.raises(NonFiniteError, match="Iteration 4"):
        train(toy_runner, Destroy())


def test_infinite_loss_with_finite_gradients_is_skipped(toy_runner, warnings) -> None:
    runner = toy_runner(custom_hooks=[NonFiniteGuardHook(patience=100)])
    forward = runner.model.forward

    def infinite(*args, **kwargs):
        loss = forward(*args, **kwargs)["loss"]
        return {"loss": loss + torch.tensor(float("inf"))}

    runner.model.forward = infinite
    before = runner.model.layer.weight.clone()
    runner.train()
    assert torch.equal(runner.model.layer.weight, before)
    assert len(warnings) == 8


def test_accumulated_gradients_are_skipped_together(toy_runner, warnings) -> None:
    wrapper = dict(optimizer=dict(type="SGD", lr=0.1), accumulative_counts=2)
    runner = train(toy_runner, bad=(0,), optim_wrapper=wrapper)
    assert runner.model.layer.weight.isfinite().all()
    assert [text[:11] for text in warnings[:2]] == ["Iteration 1", "Iteration 2"]


def test_refuses_patience_below_one() -> None:
    with pytest.raises(ValueError, match="patience is 0, expected at least 1"):
        NonFiniteGuardHook(patience=0)


@pytest.mark.gpu
@pytest.mark.parametrize("fused", [True, False])
def test_bad_step_changes_nothing_on_gpu(toy_runner, warnings, fused) -> None:
    wrapper = dict(optimizer=dict(type="AdamW", lr=0.1, fused=fused))
    runner = train(toy_runner, bad=(2,), optim_wrapper=wrapper)
    assert runner.model.layer.weight.is_cuda
    for value in runner.model.state_dict().values():
        assert value.isfinite().all()
    assert [text[:11] for text in warnings] == ["Iteration 2", "Iteration 6"]


def test_copied_model_leaves_the_guard_alone(toy_runner, warnings) -> None:
    from copy import deepcopy  # noqa: PLC0415

    guard = NonFiniteGuardHook()
    runner = toy_runner(custom_hooks=[guard])
    runner.train()
    copied = deepcopy(runner.model)
    copied.train()
    assert isinstance(copied, nn.Module)
    copied(torch.full((2, 3), float("nan")))
    assert guard._losses_finite is None


def test_loss_scaler_keeps_its_own_flag() -> None:
    weight = nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weight], lr=0.1, fused=True)
    optimizer.register_step_post_hook(module._clear_skip)
    scaler = torch.amp.GradScaler("cpu")
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)  # removes the flag itself
    assert not hasattr(optimizer, "found_inf")
    assert float(weight[0]) != 1.0
