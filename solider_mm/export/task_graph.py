"""Base of the exported graphs: from normalized images and λ to named outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

__all__ = ["Outputs", "TaskGraph", "scaled_difference"]

Outputs = Mapping[str, Tensor]


class TaskGraph(nn.Module):
    """What is exported of a model: tensors in, tensors out.

    Args:
        model: Model of a task in evaluation mode, or a backbone.
    """

    output_names: Sequence[str] = ()

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model: Any = model

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Compute the outputs.

        Args:
            images: Normalized images (B, 3, H, W).
            semantic_weight: λ of each image (B,).

        Returns:
            One tensor for each of `output_names`.
        """
        raise NotImplementedError

    def maps(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Maps behind the backbone and, if there is one, the neck."""
        maps: tuple[Tensor, ...] = self.model.backbone(images, semantic_weight)
        if getattr(self.model, "neck", None) is not None:
            maps = self.model.neck(maps)
        return maps

    def facts(self) -> dict[str, Any]:
        """What the metadata say of the outputs, as plain values."""
        return {}

    def differences(self, found: Outputs, expected: Outputs) -> dict[str, float]:
        """How far each output is from the expected one, see `scaled_difference`.

        Args:
            found: Outputs of the exported file.
            expected: Outputs of this graph for the same input.

        Returns:
            A number for each output.
        """
        return {name: scaled_difference(found[name], expected[name]) for name in found}


def scaled_difference(found: Tensor, expected: Tensor) -> float:
    """Largest absolute difference, relative to the largest expected value above 1.

    Args:
        found: Tensor of any shape.
        expected: Tensor of the same shape.

    Returns:
        The difference; infinity if the shapes differ or a value is not finite.
    """
    if found.shape != expected.shape or not bool(found.isfinite().all()):
        return float("inf")
    if not found.numel():
        return 0.0
    expected = expected.double()
    apart = (found.double() - expected).abs().max()
    return float(apart / expected.abs().max().clamp(min=1.0))
