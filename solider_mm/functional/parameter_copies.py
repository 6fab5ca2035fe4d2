"""Copies of many parameters in another dtype, by few operators."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from solider_mm.functional.recording import is_recorded

__all__ = ["ParameterCopies"]


class ParameterCopies:
    """Copies of parameters in another dtype, in memory that is kept between steps.

    Autocast casts each weight alone, and each gradient back.
    """

    def __init__(self) -> None:
        self._kept: list[Tensor] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> "ParameterCopies":
        """Start anew: the copy of a module has parameters of its own."""
        return ParameterCopies()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the copies out of a pickled module."""
        return {"_kept": []}

    def __call__(
        self, parameters: Iterable[Tensor], dtype: torch.dtype
    ) -> Mapping[Tensor, Tensor]:
        """Copy parameters, all at once.

        Args:
            parameters: Parameters of one dtype and device.
            dtype: Type of the copies.

        Returns:
            Copy of each parameter, through which gradients flow; the parameter itself
            if it has that dtype.
        """
        originals = list(parameters)
        if not originals or originals[0].dtype == dtype:
            return {parameter: parameter for parameter in originals}
        kept = self._memory(originals, dtype)
        if is_recorded(*originals):
            copies = _Copies.apply(kept, *originals)
        else:
            with torch.no_grad():
                torch._foreach_copy_(kept, originals)
            copies = kept
        return dict(zip(originals, copies, strict=True))

    def _memory(self, originals: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
        """Tensors of the shapes of the parameters; their values do not matter."""
        first = self._kept[0] if self._kept else None
        if first is None or (first.dtype, first.device) != (dtype, originals[0].device):
            with torch.inference_mode(False), torch.no_grad():
                self._kept = [torch.empty_like(p, dtype=dtype) for p in originals]
        return self._kept


class _Copies(torch.autograd.Function):
    """Copies of all inputs; the gradients come back in the dtype of the inputs."""

    @staticmethod
    def forward(
        ctx: Any, kept: list[Tensor], *parameters: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.parameters = parameters
        return tuple(_copied(kept, parameters))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        found = {i: grad for i, grad in enumerate(gradients) if grad is not None}
        copies = _copied([ctx.parameters[i] for i in found], list(found.values()))
        by_index = dict(zip(found, copies, strict=True))
        return None, *(by_index.get(i) for i in range(len(gradients)))


def _copied(like: Sequence[Tensor], values: Sequence[Tensor]) -> list[Tensor]:
    """Values in new memory, in the dtype of other tensors."""
    # Negation is one operator that allocates all; what it computes is overwritten.
    copies = list(torch._foreach_neg(list(like)))
    torch._foreach_copy_(copies, list(values))
    return copies
