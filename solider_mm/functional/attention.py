"""Scaled dot-product attention with an additive bias that needs a gradient."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from solider_mm.functional.recording import is_recorded

__all__ = ["attend", "attend_fused"]


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Scaled dot-product attention with an additive bias.

    On the CPU plain products are faster than torch's fused call, whose additive mask
    takes a slow path (forward and backward: 1.2 times as long in float32, 1.4 to 2.9
    times in bfloat16; `benchmarks/attention.py`).

    Args:
        query: Queries (B, heads, nW, Q, D).
        key: Keys (B, heads, nW, K, D).
        value: Values (B, heads, nW, K, D).
        bias: Bias (heads, nW or 1, Q, K).

    Returns:
        Attended values (B, heads, nW, Q, D).
    """
    if query.is_cuda:
        return attend_fused(query, key, value, bias)
    if is_recorded(query, key, value, bias):
        return _Attention.apply(query, key, value, bias)
    return _attend(query, key, value, bias)[0]


def attend_fused(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """`attend` by the fused kernels, which expect four dimensions."""
    bias = bias.to(query.dtype).expand(*query.shape[1:4], -1).flatten(0, 1)
    out = F.scaled_dot_product_attention(
        query.flatten(1, 2),
        key.flatten(1, 2),
        value.flatten(1, 2),
        attn_mask=bias[None],
    )  # (B, heads · nW, Q, D)
    return out.view_as(query)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor
) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Attended values, and what their gradient needs, with three dimensions."""
    shape = query.shape
    scaled = (query * shape[-1] ** -0.5).flatten(0, 2)  # (B · heads · nW, Q, D)
    key, value = key.flatten(0, 2), value.flatten(0, 2)
    logits = torch.bmm(scaled, key.transpose(1, 2))
    logits = logits.view(*shape[:4], -1).add_(bias.to(logits.dtype)).flatten(0, 2)
    weights = logits.softmax(-1)
    out = torch.bmm(weights, value).view(shape)
    return out, (scaled, key, value, weights)


class _Attention(torch.autograd.Function):
    """`_attend` with its gradient in few operators.

    Autograd would record each view, and copy the gradient of the sum in place.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, bias: Tensor
    ) -> Tensor:
        out, saved = _attend(query, key, value, bias)
        ctx.save_for_backward(*saved)
        ctx.bias = bias.shape, bias.dtype
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        scaled, key, value, weights = ctx.saved_tensors
        outer = grad.shape[:3]  # B, heads, nW
        grad = grad.flatten(0, 2)
        grad_value = torch.bmm(weights.transpose(1, 2), grad)
        grad_weights = torch.bmm(grad, value.transpose(1, 2))
        grad_logits = torch._softmax_backward_data(
            grad_weights, weights, -1, weights.dtype
        )
        grad_key = torch.bmm(grad_logits.transpose(1, 2), scaled)
        grad_query = torch.bmm(grad_logits, key).mul_(key.shape[-1] ** -0.5)
        shape, dtype = ctx.bias
        grad_bias = grad_logits.unflatten(0, outer).sum_to_size(1, *shape)[0]
        return (
            grad_query.unflatten(0, outer),
            grad_key.unflatten(0, outer),
            grad_value.unflatten(0, outer),
            grad_bias.to(dtype),
        )
