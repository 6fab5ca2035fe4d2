"""Copies of many parameters in another dtype, by few operators."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["copy_parameters"]


def copy_parameters(
    parameters: Iterable[Tensor], dtype: torch.dtype
) -> Mapping[Tensor, Tensor]:
    """Copy parameters into another dtype, all at once.

    Autocast casts each weight alone, and each gradient back.

    Args:
        parameters: Parameters of one dtype and device.
        dtype: Type of the copies.

    Returns:
        Copy of each parameter, through which gradients flow; the parameter itself if
        it has that dtype.
    """
    originals = list(parameters)
    if not originals or originals[0].dtype == dtype:
        return {parameter: parameter for parameter in originals}
    return dict(zip(originals, _Copies.apply(dtype, *originals), strict=True))


class _Copies(torch.autograd.Function):
    """Copies of all inputs; the gradients come back in the dtype of the inputs."""

    @staticmethod
    def forward(
        ctx: Any, dtype: torch.dtype, *parameters: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.parameters = parameters
        copies = [torch.empty_like(parameter, dtype=dtype) for parameter in parameters]
        torch._foreach_copy_(copies, parameters)
        return tuple(copies)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        found = {i: grad for i, grad in enumerate(gradients) if grad is not None}
        # One operator that allocates all results; their values are overwritten.
        copies = torch._foreach_neg([ctx.parameters[i] for i in found])
        torch._foreach_copy_(copies, list(found.values()))
        by_index = dict(zip(found, copies, strict=True))
        return None, *(by_index.get(i) for i in range(len(gradients)))
