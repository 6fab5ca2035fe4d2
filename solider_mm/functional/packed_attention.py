"""Window attention over packed maps of several sizes, with its gradient in few steps.

Autograd would record each view of each group of maps. Here a group costs a gather, two
products and a softmax, and their gradients. Padding is one row of zeros behind the
tokens: its key and value are the bias of the projection. The gradient of that bias is a
sum over all window places, padding included.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from solider_mm.functional.packed_maps import PackedLayout

__all__ = ["attend_packed"]


def attend_packed(
    tokens: Tensor,
    weight: Tensor,
    bias: Tensor,
    layouts: Sequence[PackedLayout],
    position_biases: Sequence[Tensor],
) -> Tensor:
    """Project tokens to queries, keys and values, and attend within windows.

    Args:
        tokens: Packed tokens (T, C).
        weight: Weight of the projection (3 · C, C).
        bias: Bias of the projection (3 · C,).
        layouts: Layout of each group of maps.
        position_biases: Bias of each group, (heads, 1, 1, N, N), in the dtype of
            `weight`.

    Returns:
        Attended values (T, C) in the dtype of `weight`, before the last projection.
    """
    return _PackedAttention.apply(tokens, weight, bias, layouts, *position_biases)


class _PackedAttention(torch.autograd.Function):
    """Projection and attention, without the last projection."""

    @staticmethod
    def forward(
        ctx: Any,
        tokens: Tensor,
        weight: Tensor,
        bias: Tensor,
        layouts: Sequence[PackedLayout],
        *position_biases: Tensor,
    ) -> Tensor:
        heads = position_biases[0].shape[0]
        dim = weight.shape[1] // heads
        padded = F.pad(tokens.to(weight.dtype), (0, 0, 0, 1))  # (T + 1, C)
        qkv = torch.addmm(bias, padded, weight.t()).view(-1, 3, heads, dim)
        qkv = qkv.permute(1, 2, 0, 3)  # (3, heads, T + 1, D)
        results, saved = [], []
        for layout, table in zip(layouts, position_biases, strict=True):
            places, position_bias = layout.num_places, table
            windows = qkv.index_select(2, layout.rows)
            query, key, value = windows.view(3, -1, places, dim).unbind()
            if layout.masks is not None:
                position_bias = position_bias + layout.masks.to(weight.dtype)
            logits = torch.bmm(query, key.transpose(1, 2))  # (heads · M · nW, N, N)
            logits = logits.view(heads, -1, layout.num_windows, places, places)
            torch.add(position_bias, logits, alpha=dim**-0.5, out=logits)
            attention = logits.softmax(-1).view(-1, places, places)
            out = torch.bmm(attention, value).view(heads, -1, dim).transpose(0, 1)
            results.append(out.index_select(0, layout.places))  # (M · L, heads, D)
            saved += [query, key, value, attention]
        ctx.layouts = layouts
        ctx.save_for_backward(padded, weight, *saved)
        return torch.cat(results).view(len(tokens), -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        padded, weight, *saved = ctx.saved_tensors
        dim = saved[0].shape[-1]
        heads = weight.shape[1] // dim
        grad = F.pad(grad, (0, 0, 0, 1)).view(-1, heads, dim).transpose(0, 1)
        projections, projection_biases, position_biases = [], [], []
        for group, layout in enumerate(ctx.layouts):
            query, key, value, attention = saved[4 * group : 4 * group + 4]
            places = layout.num_places
            out = grad.index_select(1, layout.rows).view(-1, places, dim)
            grad_value = torch.bmm(attention.transpose(1, 2), out)
            logits = torch._softmax_backward_data(
                torch.bmm(out, value.transpose(1, 2)), attention, -1, attention.dtype
            )
            by_window = logits.view(heads, -1, layout.num_windows, places, places)
            position_biases.append(by_window.sum((1, 2), keepdim=True))
            logits.mul_(dim**-0.5)
            grad_query = torch.bmm(logits, key)
            grad_key = torch.bmm(logits.transpose(1, 2), query)
            qkv = torch.stack((grad_query, grad_key, grad_value))
            qkv = qkv.view(3, heads, -1, dim)
            projection_biases.append(qkv.sum(2))
            projections.append(qkv.permute(2, 0, 1, 3).index_select(0, layout.places))
        projection = torch.cat(projections).view(-1, weight.shape[0])  # (T, 3 · C)
        bias = projection_biases[0]
        for other in projection_biases[1:]:
            bias = bias + other
        tokens = padded[:-1]
        return (
            torch.mm(projection, weight),
            torch.mm(projection.t(), tokens),
            bias.view(-1),
            None,
            *position_biases,
        )
