"""The semantic controller: λ scales and shifts a map, channel by channel."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["SemanticController"]


@dataclass(frozen=True, eq=False)
class SemanticController:
    """Modulate the tokens x of an image by x · softplus(W [λ, 1 − λ]) + B [λ, 1 − λ].

    It holds no weights of its own: the backbone keeps the two linear layers under the
    names of the released files, `semantic_embed_w` and `semantic_embed_b`.

    Source: SOLIDER, equation of the semantic controller; `swin_transformer.py` of the
        authors (docs/reference.md §2.2).

    Attributes:
        scale: Linear (2 → C), W.
        shift: Linear (2 → C), B.
    """

    scale: nn.Linear
    shift: nn.Linear

    def __call__(self, tokens: Tensor, semantic_weight: Tensor) -> Tensor:
        """Modulate.

        Args:
            tokens: (B, L, C).
            semantic_weight: λ, (B,) in [0, 1], float.

        Returns:
            (B, L, C) in the tokens' dtype.
        """
        scale = F.softplus(_of_weight(self.scale, semantic_weight))
        shift = _of_weight(self.shift, semantic_weight)
        scale, shift = scale.to(tokens.dtype), shift.to(tokens.dtype)
        return tokens * scale[:, None] + shift[:, None]


def _of_weight(linear: nn.Linear, semantic_weight: Tensor) -> Tensor:
    """The layer's answer to [λ, 1 − λ], (B, C).

    Written without a matrix product because autocast would round λ to 8 bits there.
    """
    weight = semantic_weight.to(linear.weight.dtype)[:, None]
    semantic, appearance = linear.weight.unbind(1)
    return weight * semantic + (1 - weight) * appearance + linear.bias
