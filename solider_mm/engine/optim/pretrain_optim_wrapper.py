"""Optimizer wrappers: per-tensor clipping, bf16 on any device."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import Tensor, nn

from solider_mm.functional.gradient_clipping import clip_grad_per_tensor_
from solider_mm.registry import OPTIM_WRAPPERS

DTYPES = {None: None, "float32": None, "bfloat16": torch.bfloat16}


def _largest_norm(parameters: Iterable[Tensor], max_norm: float) -> Tensor:
    return clip_grad_per_tensor_(parameters, max_norm).max()


class PerTensorClip:
    """Adds ``clip_grad=dict(type='per_tensor', max_norm=3.0)`` to a wrapper.

    Args:
        clip_grad: mmengine's option, with one more type: ``'per_tensor'`` clips every
            parameter's gradient by its own norm. ``'norm'`` is the global norm.
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
        if per_tensor:
            self.clip_func = _largest_norm
            self.grad_name = "largest_grad_norm"


@OPTIM_WRAPPERS.register_module()
class PretrainOptimWrapper(PerTensorClip, OptimWrapper):
    """Optimizer wrapper for pretraining in float32 or bf16, on CPU or GPU.

    bf16 needs no loss scale. mmengine's ``AmpOptimWrapper`` refuses to run without an
    accelerator, although bf16 is what makes a CPU fast enough.

    Args:
        dtype: ``None`` or ``'float32'``: no autocast; ``'bfloat16'``.
        **kwargs: See ``PerTensorClip`` and mmengine's ``OptimWrapper``.

    Raises:
        ValueError: If ``dtype`` is another one.
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
