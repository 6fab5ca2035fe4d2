"""Names of the DINO neck's weights: the authors' and ours."""

from collections.abc import Mapping

from torch import Tensor

__all__ = ["neck_from_official", "neck_to_official"]

# The authors use torch's old weight norm, we the new one: same numbers, other names.
_NAMES = {
    "last_layer.weight_g": "last_layer.parametrizations.weight.original0",
    "last_layer.weight_v": "last_layer.parametrizations.weight.original1",
}
_OFFICIAL_NAMES = {ours: official for official, ours in _NAMES.items()}


def neck_from_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the weights of a DINO head as in `DINOPretrainNeck`.

    Args:
        weights: 'mlp.…' and 'last_layer.…', in either naming.

    Returns:
        The same tensors under our names.
    """
    return {_NAMES.get(key, key): value for key, value in weights.items()}


def neck_to_official(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the weights of a `DINOPretrainNeck` as in the authors' DINO head.

    Args:
        weights: 'mlp.…' and 'last_layer.…', in either naming.

    Returns:
        The same tensors under the authors' names.
    """
    return {_OFFICIAL_NAMES.get(key, key): value for key, value in weights.items()}
