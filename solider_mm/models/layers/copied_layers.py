"""Linear layers that compute with copies of their weights, and norms beside them."""

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from solider_mm.functional.linear import linear

__all__ = ["copied_linear", "layer_norm"]


def copied_linear(
    tokens: Tensor, layer: nn.Linear, copies: Mapping[Tensor, Tensor]
) -> Tensor:
    """Apply a linear layer by the copies of its weight and bias.

    Args:
        tokens: Tokens (T, C).
        layer: Linear layer.
        copies: Copy of each parameter, from `copy_parameters`.

    Returns:
        Tokens (T, C') in the dtype of the copies.
    """
    bias = None if layer.bias is None else copies[layer.bias]
    return linear(tokens, copies[layer.weight], bias)


def layer_norm(tokens: Tensor, norm: nn.LayerNorm) -> Tensor:
    """Normalize tokens with the norm's own float32 parameters.

    Args:
        tokens: Tokens (T, C).
        norm: Norm.

    Returns:
        Tokens (T, C); float32 on a GPU, whose kernel takes one dtype only.
    """
    if not tokens.is_cpu:
        tokens = tokens.to(norm.weight.dtype)
    return F.layer_norm(tokens, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
