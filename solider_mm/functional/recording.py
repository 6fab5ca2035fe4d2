"""Whether an operation is recorded for a gradient."""

import torch
from torch import Tensor

__all__ = ["is_recorded"]


def is_recorded(*tensors: Tensor) -> bool:
    """Whether autograd records what is done with tensors.

    Only then a custom gradient is of use. A trace cannot hold one.

    Args:
        *tensors: Inputs of the operation.

    Returns:
        True if a gradient is needed and nothing is being traced.
    """
    needed = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
    tracing = torch.jit.is_tracing()  # type: ignore[attr-defined]
    return needed and not tracing
