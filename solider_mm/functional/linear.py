"""A linear layer whose gradient needs few operators."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["linear"]


def linear(tokens: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Linear layer in the dtype of its weight.

    Autograd would transpose each matrix three times and reshape the bias's gradient.

    Args:
        tokens: Tokens (T, C).
        weight: Weight (C', C).
        bias: Bias (C',), or None.

    Returns:
        Tokens (T, C') in the dtype of the weight.
    """
    return _Linear.apply(tokens, weight, bias)


class _Linear(torch.autograd.Function):
    """x Wᵀ + b, and its gradients."""

    @staticmethod
    def forward(
        ctx: Any, tokens: Tensor, weight: Tensor, bias: Tensor | None
    ) -> Tensor:
        tokens = tokens.to(weight.dtype)
        ctx.save_for_backward(tokens, weight)
        if bias is None:
            return torch.mm(tokens, weight.t())
        return torch.addmm(bias, tokens, weight.t())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        tokens, weight = ctx.saved_tensors
        needs_tokens, needs_weight, needs_bias = ctx.needs_input_grad
        return (
            torch.mm(grad, weight) if needs_tokens else None,
            torch.mm(grad.t(), tokens) if needs_weight else None,
            grad.sum(0) if needs_bias else None,
        )
