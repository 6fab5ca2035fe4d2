"""The semantic controller: λ scales and shifts a map, channel by channel."""

from collections.abc import Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["SemanticController", "keep_released_names"]

_PREFIX = "controller."
_PARTS = ("semantic_embed_w.", "semantic_embed_b.")


class SemanticController(nn.Module):
    """Modulate tokens x by λ: x · softplus(W [λ, 1 − λ]) + B [λ, 1 − λ].

    Each controlled stage has its own W and B. Files hold them under the released
    names, `semantic_embed_w.0.weight` and so on; see `keep_released_names`.

    Args:
        channels: Channels C of the map behind each controlled stage, by stage number.

    Source:
        SOLIDER, equation of the semantic controller; `swin_transformer.py` of the
        authors (docs/reference.md §2.2).
    """

    def __init__(self, channels: Mapping[int, int]) -> None:
        super().__init__()
        self.semantic_embed_w, self.semantic_embed_b = (
            nn.ModuleDict({str(i): nn.Linear(2, c) for i, c in channels.items()})
            for _ in _PARTS
        )
        for linears in (self.semantic_embed_w, self.semantic_embed_b):
            for linear in cast("Mapping[str, nn.Linear]", linears).values():
                nn.init.trunc_normal_(linear.weight, std=0.02)
                nn.init.zeros_(linear.bias)

    def forward(self, tokens: Tensor, semantic_weight: Tensor, stage: int) -> Tensor:
        """Modulate the tokens behind a stage.

        Args:
            tokens: Tokens (B, L, C).
            semantic_weight: λ of each image (B,), float in [0, 1].
            stage: Number of the stage.

        Returns:
            Modulated tokens (B, L, C) in the dtype of `tokens`.
        """
        scale, shift = self.scale_and_shift(semantic_weight, stage)
        scale, shift = scale.to(tokens.dtype), shift.to(tokens.dtype)
        return tokens * scale[:, None] + shift[:, None]

    def scale_and_shift(
        self, semantic_weight: Tensor, stage: int
    ) -> tuple[Tensor, Tensor]:
        """Factor and summand of each channel.

        Args:
            semantic_weight: λ of each image (B,), float in [0, 1].
            stage: Number of the stage.

        Returns:
            Scale and shift (B, C), in the dtype of the weights.
        """
        scale = F.softplus(_affine(self.semantic_embed_w[str(stage)], semantic_weight))
        return scale, _affine(self.semantic_embed_b[str(stage)], semantic_weight)


def _affine(linear: nn.Module, semantic_weight: Tensor) -> Tensor:
    """Output (B, C) of a linear layer for [λ, 1 − λ].

    There is no matrix product, in which autocast would round λ to 8 bits.
    """
    parameter, bias = cast(Tensor, linear.weight), cast(Tensor, linear.bias)
    weight = semantic_weight.to(parameter.dtype)[:, None]
    semantic, appearance = parameter.unbind(1)
    return torch.lerp(appearance, semantic, weight) + bias


def keep_released_names(owner: nn.Module) -> None:
    """Store the controller of a module under the names of the released files.

    Args:
        owner: Module whose attribute `controller` is a `SemanticController`. In its
            state dict, saved or loaded, the names lack the prefix `controller.`.
    """
    owner._register_state_dict_hook(_to_released_names)
    owner._register_load_state_dict_pre_hook(_from_released_names)
    owner.register_load_state_dict_post_hook(_report_released_names)


def _to_released_names(
    module: nn.Module, state_dict: dict[str, Any], prefix: str, metadata: object
) -> None:
    del module, metadata
    # Every key of the module is set anew, so that their order stays.
    for key in [key for key in state_dict if key.startswith(prefix)]:
        name = key.removeprefix(prefix).removeprefix(_PREFIX)
        state_dict[prefix + name] = state_dict.pop(key)


def _from_released_names(
    state_dict: dict[str, Any], prefix: str, *unused: object
) -> None:
    del unused
    parts = tuple(prefix + part for part in _PARTS)
    for key in [key for key in state_dict if key.startswith(parts)]:
        state_dict[prefix + _PREFIX + key.removeprefix(prefix)] = state_dict.pop(key)


def _report_released_names(module: nn.Module, incompatible_keys: Any) -> None:
    del module
    missing = incompatible_keys.missing_keys
    missing[:] = [
        key.replace(_PREFIX, "") if ".semantic_embed_" in key else key
        for key in missing
    ]
