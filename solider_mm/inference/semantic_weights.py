"""λ of a whole model for one forward: one number, or one per image."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = [
    "batch_semantic_weights",
    "iterate_semantic_weights",
    "override_semantic_weight",
]


@contextmanager
def override_semantic_weight(
    model: nn.Module, semantic_weight: float | Tensor | None
) -> Iterator[None]:
    """Let every λ-conditioned part of a model use this λ inside the block.

    Args:
        model: Model with a λ-Swin anywhere in it.
        semantic_weight: λ in [0, 1], or one value per image (B,); None keeps the
            model's own.

    Yields:
        Nothing.

    Raises:
        ValueError: If λ is outside [0, 1] or the model has no part that reads it.
    """
    if semantic_weight is None:
        yield
        return
    if not isinstance(semantic_weight, Tensor):
        semantic_weight = check_semantic_weight(semantic_weight)
    parts = [m for m in model.modules() if hasattr(m, "semantic_weight")]
    if not parts:
        raise ValueError(
            "the model has no semantic controller, so λ has no effect: leave "
            "semantic_weight out, or use a model on SOLIDERSwin"
        )
    kept = [part.semantic_weight for part in parts]
    for part in parts:
        part.semantic_weight = semantic_weight  # type: ignore[assignment]
    try:
        yield
    finally:
        for part, value in zip(parts, kept, strict=True):
            part.semantic_weight = value


def iterate_semantic_weights(
    semantic_weight: float | Sequence[float] | None,
) -> Iterator[float | None]:
    """λ of image after image.

    Args:
        semantic_weight: One number for all images, one per image, or None.

    Yields:
        λ of the next image; None for the model's own.

    Raises:
        ValueError: If λ is outside [0, 1], or there are more images than numbers.
    """
    if isinstance(semantic_weight, Sequence) and not isinstance(semantic_weight, str):
        values = [check_semantic_weight(value) for value in semantic_weight]
        yield from values
        raise ValueError(
            f"semantic_weight has {len(values)} values, but there are more images: "
            "give one number, or one per image"
        )
    value = None if semantic_weight is None else check_semantic_weight(semantic_weight)
    while True:
        yield value


def batch_semantic_weights(values: list[float | None]) -> float | Tensor | None:
    """λ of a batch: one number where all images share it, otherwise (B,).

    Args:
        values: λ of each image.

    Returns:
        What `override_semantic_weight` takes.
    """
    if values[0] is None or len(set(values)) == 1:
        return values[0]
    return torch.tensor(values, dtype=torch.float32)
