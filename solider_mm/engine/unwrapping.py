"""Access the model inside a distributed wrapper."""

from mmengine.model import is_model_wrapper
from torch import nn

__all__ = ["unwrap_model"]


def unwrap_model(model: nn.Module) -> nn.Module:
    """Return the model itself, without its distributed wrapper.

    Args:
        model: Model, or a wrapper such as `MMDistributedDataParallel` around it.

    Returns:
        The wrapped model; the argument if nothing wraps it.
    """
    while is_model_wrapper(model):
        model = model.module  # type: ignore[assignment]
    return model
