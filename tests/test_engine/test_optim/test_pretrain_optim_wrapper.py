"""Optimizer wrappers."""

import pytest
import torch
from torch import nn

from solider_mm.engine.optim import PretrainAmpOptimWrapper, PretrainOptimWrapper
from solider_mm.registry import OPTIM_WRAPPERS


def _model() -> nn.Linear:
    model = nn.Linear(2, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model


def _step(model: nn.Linear, **kwargs: object) -> None:
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type="solider_mm.PretrainOptimWrapper",
            optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
            **kwargs,
        )
    )
    loss = model(torch.tensor([[30.0, 40.0]])).sum()  # gradients (30, 40) and 1
    wrapper.update_params(loss)


def test_per_tensor_clipping_leaves_small_gradients_alone() -> None:
    model = _model()
    _step(model, clip_grad=dict(type="per_tensor", max_norm=5.0))
    torch.testing.assert_close(model.weight.data, torch.tensor([[-3.0, -4.0]]))
    torch.testing.assert_close(model.bias.data, torch.tensor([-1.0]))


def test_global_norm_remains_available() -> None:
    model = _model()
    _step(model, clip_grad=dict(type="norm", max_norm=5.0))
    norm = (30**2 + 40**2 + 1) ** 0.5
    torch.testing.assert_close(model.bias.data, torch.tensor([-5 / norm]))


def test_bf16_autocasts_on_any_device() -> None:
    model = _model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for dtype, expected in ((None, torch.float32), ("bfloat16", torch.bfloat16)):
        wrapper = PretrainOptimWrapper(optimizer=optimizer, dtype=dtype)
        with wrapper.optim_context(model):
            assert model(torch.ones(1, 2)).dtype is expected


def test_accumulation_steps_rarely() -> None:
    model = _model()
    wrapper = PretrainOptimWrapper(
        optimizer=torch.optim.SGD(model.parameters(), lr=1.0), accumulative_counts=2
    )
    stepped = []
    for _ in range(4):
        before = model.bias.clone()
        wrapper.update_params(model(torch.ones(1, 2)).sum())
        stepped.append(bool(model.bias != before))
        assert wrapper.should_update() is stepped[-1]
    assert stepped == [False, True, False, True]


def test_fp16_is_sent_to_the_other_wrapper() -> None:
    optimizer = torch.optim.SGD(_model().parameters(), lr=1.0)
    with pytest.raises(ValueError, match="PretrainAmpOptimWrapper"):
        PretrainOptimWrapper(optimizer=optimizer, dtype="float16")


@pytest.mark.gpu
def test_scaled_gradients_are_clipped_unscaled() -> None:
    model = _model().cuda()
    wrapper = PretrainAmpOptimWrapper(
        optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
        clip_grad=dict(type="per_tensor", max_norm=5.0),
        loss_scale=128.0,
    )
    with wrapper.optim_context(model):
        loss = model(torch.tensor([[30.0, 40.0]], device="cuda")).float().sum()
    wrapper.update_params(loss)
    expected = torch.tensor([[-3.0, -4.0]], device="cuda")
    torch.testing.assert_close(model.weight.data, expected, rtol=1e-3, atol=1e-3)
