"""Sampling and checks of λ, the semantic weight."""

from numbers import Real

import torch
from torch import Tensor

SAMPLINGS = ("binary", "uniform")


def sample_semantic_weight(
    num_images: int,
    sampling: str = "binary",
    generator: torch.Generator | None = None,
) -> Tensor:
    """Sample one λ per image.

    The result is on the CPU: the host must know which images have λ > 0, to leave out
    work that is multiplied by zero, without waiting for the device.

    Args:
        num_images: Number B of images.
        sampling: 'binary' samples from {0, 1} with equal probability (paper), 'uniform'
            from [0, 1).
        generator: CPU generator; None uses torch's global one.

    Returns:
        λ of each image (B,), float32, on the CPU.

    Raises:
        ValueError: If `sampling` is unknown.

    Source:
        Algorithm 1, line 3.
    """
    if sampling not in SAMPLINGS:
        raise ValueError(
            f"semantic_weight_sampling={sampling!r} is unknown: use one of {SAMPLINGS}."
        )
    uniform = torch.rand(num_images, generator=generator)  # (B,)
    return (uniform < 0.5).float() if sampling == "binary" else uniform


def check_semantic_weight(value: float) -> float:
    """Check a λ given as a number.

    Args:
        value: λ in [0, 1].

    Returns:
        λ as a float.

    Raises:
        ValueError: If λ is not a number in [0, 1].
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise ValueError(
            f"semantic_weight={value!r} is a {type(value).__name__}, expected a number "
            "in [0, 1], or a tensor (B,) with one λ per image: use for example 0.2, or "
            "torch.as_tensor(values)."
        )
    if not 0.0 <= value <= 1.0:
        raise ValueError(
            f"semantic_weight={value} is outside [0, 1]: 0 keeps appearance (who is "
            "this?), 1 keeps semantics (what part is this?)."
        )
    return float(value)
