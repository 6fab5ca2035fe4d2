"""The reference's optimization: loops over parameters, one small kernel each."""

import torch
from torch import nn

__all__ = ["adamw", "clip_each", "parameter_groups", "update_teacher"]


def parameter_groups(model: nn.Module) -> list[dict[str, object]]:
    """Trainable parameters, those without weight decay in the second group.

    Biases and one-dimensional parameters do not decay.

    Source: docs/reference.md §2.6; tests/data/golden/README.md §8.
    """
    decay: list[nn.Parameter] = []
    no_decay: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        flat = name.endswith(".bias") or parameter.ndim == 1
        (no_decay if flat else decay).append(parameter)
    return [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}]


def adamw(model: nn.Module, lr: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW as in the torch of the official code: tensor by tensor."""
    return torch.optim.AdamW(
        parameter_groups(model),
        lr=lr,
        weight_decay=weight_decay,
        foreach=False,
        fused=False,
    )


def clip_each(model: nn.Module, max_norm: float) -> list[float]:
    """Clip every gradient by its own norm, in place.

    Returns:
        Norms before clipping; each one is read back from the device.

    Source: docs/reference.md §2.6; tests/data/golden/README.md §8.
    """
    norms = []
    for parameter in model.parameters():
        if parameter.grad is None:
            continue
        norm = parameter.grad.norm(2)
        norms.append(norm.item())
        scale = max_norm / (norm + 1e-6)
        if scale < 1:
            parameter.grad.mul_(scale)
    return norms


@torch.no_grad()
def update_teacher(student: nn.Module, teacher: nn.Module, momentum: float) -> None:
    """Teacher ← m · teacher + (1 − m) · student, parameter by parameter.

    Source: tests/data/golden/README.md §8.
    """
    pairs = zip(student.parameters(), teacher.parameters(), strict=True)
    for new, old in pairs:
        old.mul_(momentum).add_((1 - momentum) * new)
