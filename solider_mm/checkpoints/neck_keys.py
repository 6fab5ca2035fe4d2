"""Names of the DINO neck's weights: official and this package's."""

from collections.abc import Mapping

from torch import Tensor

__all__ = ["neck_from_official", "neck_to_official"]

# The official code uses torch's old weight norm, this package the new one: the same
# numbers under other names.
_NAMES = {
    "last_layer.weight_g": "last_layer.parametrizations.weight.original0",
    "last_layer.weight_v": "last_layer.parametrizations.weight.original1",
}
_OFFICIAL_NAMES = {ours: official for official, ours in _NAMES.items()}


def neck_from_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the weights of a DINO head as in `DINOPretrainNeck`.

    Args:
        weights: Weights named 'mlp.…' and 'last_layer.…', official or not.

    Returns:
        The same tensors under this package's names.
    """
    return {_NAMES.get(key, key): value for key, value in weights.items()}


def neck_to_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the weights of a `DINOPretrainNeck` as in the official DINO head.

    Args:
        weights: Weights named 'mlp.…' and 'last_layer.…', official or not.

    Returns:
        The same tensors under the official names.
    """
    return {_OFFICIAL_NAMES.get(key, key): value for key, value in weights.items()}
