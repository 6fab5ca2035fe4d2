"""Arrays and tensors as values that JSON holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["to_plain"]

_DIGITS = 6


def to_plain(value: Any) -> Any:
    """Turn arrays and tensors into lists and numbers that JSON holds.

    Args:
        value: Array, tensor, number, text, or a container of these.

    Returns:
        The same; floating-point numbers have six significant digits.
    """
    if isinstance(value, Tensor):
        value = value.cpu().numpy()
    if isinstance(value, np.ndarray):
        return (_rounded(value) if value.dtype.kind == "f" else value).tolist()
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, np.generic):
        return to_plain(np.asarray(value))
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    return value


def _rounded(values: NDArray[Any]) -> NDArray[np.float64]:
    """Round to significant digits."""
    exact = values.astype(np.float64)
    size = np.abs(exact)
    safe = np.where((size > 0) & np.isfinite(size), size, 1.0)
    places = (_DIGITS - 1 - np.floor(np.log10(safe))).astype(np.int64)
    factors = 10.0 ** np.clip(places, -300, 300)
    rounded = np.round(exact * factors) / factors
    return np.where(np.isfinite(rounded), rounded, exact)
