"""Optimizer wrappers with per-tensor clipping and bf16 on any device."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import Tensor, nn

from solider_mm.functional.gradient_clipping import clip_grad_per_tensor_
from solider_mm.registry import OPTIM_WRAPPERS

DTYPES = {None: None, "float32": None, "bfloat16": torch.bfloat16}


class PerTensorClip:
    """Adds `clip_grad=dict(type='per_tensor', max_norm=3.0)` to a wrapper.

    The largest norm of a step stays on the device, in `largest_grad_norm`, until
    `DeferredInfoHook` fetches it for the log. mmengine's wrapper reads its norm at
    once, which leaves a GPU idle.

    Args:
        clip_grad: mmengine's option, with one more type: 'per_tensor' clips every
            parameter's gradient by its own norm; 'norm' is the global norm.
        **kwargs: See the wrapper.
    """

    def __init__(
        self, *, clip_grad: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        clip_grad = dict(clip_grad) if clip_grad else None
        per_tensor = clip_grad is not None and clip_grad.get("type") == "per_tensor"
        if clip_grad is not None and per_tensor:
            clip_grad.pop("type")
        super().__init__(clip_grad=clip_grad, **kwargs)  # type: ignore[call-arg]
        self.per_tensor = per_tensor
        self.largest_grad_norm: Tensor | None = None

    def _clip_grad(self) -> None:
        """Clip before a step; both wrappers' `step` calls this."""
        if not self.per_tensor:
            super()._clip_grad()  # type: ignore[misc]
            return
        groups = self.optimizer.param_groups  # type: ignore[attr-defined]
        parameters = [p for group in groups for p in group["params"]]
        norms = clip_grad_per_tensor_(parameters, **self.clip_grad_kwargs)  # type: ignore[attr-defined]
        self.largest_grad_norm = norms.max() if len(norms) else None


@OPTIM_WRAPPERS.register_module()
class PretrainOptimWrapper(PerTensorClip, OptimWrapper):
    """Optimizer wrapper for pretraining in float32 or bf16, on CPU or GPU.

    bf16 needs no loss scale. mmengine's `AmpOptimWrapper` does not run without an
    accelerator, but a CPU needs bf16 for its speed.

    Args:
        dtype: Type of autocast: 'bfloat16'; None or 'float32' for none.
        **kwargs: Arguments of `PerTensorClip` and of mmengine's `OptimWrapper`.

    Raises:
        ValueError: If `dtype` is another one.
    """

    def __init__(self, *, dtype: str | None = None, **kwargs: Any) -> None:
        if dtype not in DTYPES:
            raise ValueError(
                f"dtype={dtype!r}: use 'float32' or 'bfloat16' here, and "
                "type='PretrainAmpOptimWrapper' for 'float16' on a GPU."
            )
        super().__init__(**kwargs)
        self.dtype = DTYPES[dtype]

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast around the forward pass."""
        device = next(model.parameters()).device.type
        with (
            super().optim_context(model),
            torch.autocast(device, self.dtype, enabled=self.dtype is not None),
        ):
            yield


@OPTIM_WRAPPERS.register_module()
class PretrainAmpOptimWrapper(PerTensorClip, AmpOptimWrapper):
    """mmengine's mixed-precision wrapper for GPUs, with per-tensor clipping."""
