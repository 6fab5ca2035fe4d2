"""Vectors of length 1, whose dot product is the cosine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["unit_vectors"]


def unit_vectors(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Scale vectors to length 1.

    Args:
        vectors: (..., C) of finite numbers.

    Returns:
        (..., C) float32; a vector of zeros stays as it is.

    Raises:
        ValueError: If a number is not finite.
    """
    values = np.asarray(vectors, np.float32)
    if not np.isfinite(values).all():
        raise ValueError(
            f"vectors of shape {values.shape} with NaN or infinite numbers: expected "
            "finite ones; check the model that made them"
        )
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.ascontiguousarray(values / np.maximum(norms, 1e-12))
