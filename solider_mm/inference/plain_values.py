"""Arrays and tensors as values that JSON holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

__all__ = ["to_plain"]


def to_plain(value: Any) -> Any:
    """Turn arrays and tensors into lists and numbers that JSON holds."""
    if isinstance(value, Tensor):
        value = value.cpu().numpy()
    if isinstance(value, np.ndarray):
        rounded = (
            np.round(value.astype(np.float64), 5) if value.dtype.kind == "f" else value
        )
        return rounded.tolist()
    if isinstance(value, np.generic):
        return to_plain(np.asarray(value))
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    return value
