"""Gradient clipping by the norm of each parameter tensor."""

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def clip_grad_per_tensor_(parameters: Iterable[Tensor], max_norm: float) -> Tensor:
    """Scale every gradient down to a norm of at most `max_norm`.

    Unlike with a global norm, one large gradient does not shrink the others.

    Args:
        parameters: Parameters; those without gradient are skipped.
        max_norm: Largest l2-norm of a gradient after the call, above 0.

    Returns:
        Norms before clipping, one per gradient.

    Source:
        docs/reference.md §2.6; tests/data/golden/schedules.npz `clip_*`; deviation 3.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.zeros(0)
    norms = torch.stack(torch._foreach_norm(gradients))  # (P,)
    scales = (max_norm / (norms + 1e-6)).clamp(max=1.0)
    factors = list(scales.unbind())
    if norms.device.type == "cpu":
        # Reading a number costs nothing there, and most gradients are not clipped.
        large = (scales < 1).nonzero().flatten().tolist()
        gradients, factors = ([v[i] for i in large] for v in (gradients, factors))
    if gradients:
        torch._foreach_mul_(gradients, factors)
    return norms
