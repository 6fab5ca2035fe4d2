"""A training step on a GPU waits once, tested without one, on fake tensors.

A fake tensor has a device and a shape but no values: whatever needs a value raises.
Copies that would wait are found by their arguments.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
)
from torch.utils._python_dispatch import TorchDispatchMode

from solider_mm.functional.gradient_clipping import clip_grad_per_tensor_
from solider_mm.models.selfsup import solider
from solider_mm.registry import MODELS

VALUES_NEEDED = (DataDependentOutputException, DynamicOutputShapeException)


class _FakeGpu(TorchDispatchMode):
    """Tensors on a GPU are fake, those of the host are real.

    Attributes:
        waits: Copies between host and GPU for which the host waits.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode = FakeTensorMode(allow_non_fake_inputs=True)
        self.waits: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        is_new = torch.device(kwargs.get("device") or "cpu").type == "cuda"
        with self.mode if is_new else nullcontext():
            out = func(*args, **kwargs)
        if func in (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default):
            source = args[0] if func is torch.ops.aten._to_copy.default else args[1]
            waits = not (kwargs.get("non_blocking") or (len(args) > 2 and args[2]))
            if {source.device.type, out.device.type} == {"cpu", "cuda"} and waits:
                self.waits.append(f"{func} of {tuple(source.shape)}")
        return out


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[_FakeGpu]:
    monkeypatch.setattr(torch.cuda, "_lazy_init", lambda: None)  # there is no driver
    with FakeTensorMode():  # lets torch guard a device that is missing
        torch.empty(1, device="cuda")
    with _FakeGpu() as mode:
        yield mode


def _on_gpu(model: nn.Module) -> nn.Module:
    """Replace the weights of a model by fake ones on a GPU."""
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                value = torch.empty(parameter.shape, device="cuda")
                module._parameters[name] = nn.Parameter(value, parameter.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                value = torch.empty(buffer.shape, dtype=buffer.dtype, device="cuda")
                module._buffers[name] = value
    return model


def test_the_losses_of_a_step_need_no_value_but_the_number_of_kept_images(
    solider_config: dict,
    views: list[Tensor],
    monkeypatch: pytest.MonkeyPatch,
    gpu: _FakeGpu,
) -> None:
    monkeypatch.setattr(Tensor, "pin_memory", lambda tensor: tensor)
    model = _on_gpu(MODELS.build(solider_config))
    images = [torch.empty(view.shape, device="cuda") for view in views]
    with pytest.raises(VALUES_NEEDED, match="nonzero"):
        model.loss(images)
    monkeypatch.setattr(
        solider, "kept_indices", lambda kept: torch.arange(3, device=kept.device)
    )
    losses = model.loss(images)
    assert losses["loss_dino"].device.type == "cuda"
    assert not gpu.waits


def test_clipping_needs_no_value(gpu: _FakeGpu) -> None:
    parameters = [nn.Parameter(torch.empty(n, device="cuda")) for n in (2, 3)]
    for parameter in parameters:
        parameter.grad = torch.empty_like(parameter)
    norms = clip_grad_per_tensor_(parameters, 1.0)
    assert norms.device.type == "cuda"
    assert not gpu.waits


def test_views_are_copied_to_the_device_without_waiting(
    solider_config: dict, dino_config: dict
) -> None:
    for config in (solider_config, dino_config):
        assert MODELS.build(config).data_preprocessor._non_blocking


def test_a_wait_is_found(gpu: _FakeGpu) -> None:
    torch.empty(2).to("cuda", non_blocking=True)
    assert not gpu.waits
    torch.empty(3).to("cuda")
    assert gpu.waits == ["aten._to_copy.default of (3,)"]
    with pytest.raises(VALUES_NEEDED):
        torch.empty(1, device="cuda").item()
