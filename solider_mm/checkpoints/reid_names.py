"""Names of the weights that SOLIDER-REID publishes, and those of our re-ID model."""

from collections.abc import Mapping

from torch import Tensor

__all__ = ["is_official_reid", "rename_official_reid"]

_NAMES = {
    "base.": "backbone.",
    "bottleneck.": "head.bnneck.",
    "classifier.": "head.classifier.",
}
_LANDMARKS = {
    "base.patch_embed.projection.weight",
    "bottleneck.running_mean",
    "classifier.weight",
}


def is_official_reid(weights: Mapping[str, Tensor]) -> bool:
    """Return whether these are the weights of a model that SOLIDER-REID trained.

    Args:
        weights: Tensors by name, without wrappers (see `plain_names`).

    Returns:
        True if backbone, BNNeck and classifier have SOLIDER-REID's names.

    Source:
        docs/reference.md §4.1.
    """
    return weights.keys() >= _LANDMARKS


def rename_official_reid(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of SOLIDER-REID the names of `ReIDModel`.

    Args:
        weights: Tensors by name; those of other models are returned as they are.

    Returns:
        The same tensors.
    """
    if not is_official_reid(weights):
        return dict(weights)
    return {_renamed(name): value for name, value in weights.items()}


def _renamed(name: str) -> str:
    for old, new in _NAMES.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name
