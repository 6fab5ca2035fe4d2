"""Check that tensors of a checkpoint can be used as weights."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["plain_names", "require_weights", "unusable"]

_WEIGHT_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def plain_names(weights: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Keep the tensors, and remove the names of wrappers around the model.

    Args:
        weights: Any dict; values that are no tensors are left out.

    Returns:
        Tensors by name, without `module.` of distributed training and `_orig_mod.` of
        `torch.compile`.

    Raises:
        ValueError: If a tensor has a name that is no text.
    """
    found: dict[str, Tensor] = {}
    for key, value in weights.items():
        if not isinstance(value, Tensor):
            continue
        if not isinstance(key, str):
            raise ValueError(
                f"it has a tensor named {key!r} ({type(key).__name__}), expected names "
                "such as 'backbone.norm3.weight': save model.state_dict()"
            )
        found[_plain_name(key)] = value
    return found


def _plain_name(name: str) -> str:
    return name.replace("_orig_mod.", "").removeprefix("module.")


def require_weights(weights: Mapping[str, Tensor]) -> None:
    """Check that all tensors are dense, floating-point and finite.

    Tables of positions, named `…_index`, and counters, named `num_batches_tracked`,
    hold integers.

    Args:
        weights: Tensors by name.

    Raises:
        ValueError: If a tensor cannot be a weight; the message names the first one.
    """
    for name, value in weights.items():
        reason = unusable(value) or _not_floating(name, value)
        if reason is None and value.is_floating_point():
            reason = _not_finite(value)
        if reason:
            raise ValueError(f"its weight {name} {reason}")


def unusable(value: Tensor) -> str | None:
    """Describe why no model can load a tensor; None if one can.

    Args:
        value: Tensor of a checkpoint.

    Returns:
        Predicate and remedy, for a sentence that begins with the tensor's name.
    """
    if value.is_meta:
        return "has no data (meta device): save the model after its weights are loaded"
    if value.is_quantized:
        return "is quantized: save its dequantize()"
    if value.layout != torch.strided:
        return f"is sparse ({value.layout}): save its to_dense()"
    if value.is_complex():
        return f"is complex ({value.dtype}), expected real numbers: save another model"
    stored = value.untyped_storage().nbytes()
    if value.numel() * value.element_size() > stored:
        return (
            f"claims {value.numel() * value.element_size()} bytes, but the file stores "
            f"{stored}: save its contiguous()"
        )
    return None


def _not_floating(name: str, value: Tensor) -> str | None:
    is_integer = not value.is_floating_point()
    if is_integer and name.endswith(("_index", "num_batches_tracked")):
        return None
    if value.dtype in _WEIGHT_DTYPES:
        return None
    return (
        f"has the type {value.dtype}, expected float16, bfloat16, float32 or float64: "
        "the scales of quantized weights are unknown here; save floating-point weights"
    )


def _not_finite(value: Tensor) -> str | None:
    if bool(value.isfinite().all()):
        return None
    count = int((~value.isfinite()).sum())
    return (
        f"has {count} of {value.numel()} values that are NaN or infinite: the run that "
        "wrote it has diverged; use an earlier checkpoint"
    )
