"""Adapt the weights of a full Swin to a Swin that omits unused parts."""

import re
from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor

__all__ = ["adapt_state_dict", "resize_position_table"]

_TABLE = "relative_position_bias_table"
_INDEX = "relative_position_index"
# Modules that a model omits where no output depends on them.
_PART = re.compile(r"(semantic_embed_[wb]\.\d+|norm\d+|stages\.\d+(\.downsample)?)\.")


def adapt_state_dict(
    state_dict: dict[str, Any], own: Mapping[str, Tensor], prefix: str = ""
) -> list[str]:
    """Drop weights that the model omits; resize tables of another window size.

    Args:
        state_dict: Weights, changed in place.
        own: The model's weights, without prefix.
        prefix: Prefix of the model's keys in `state_dict`.

    Returns:
        The dropped names, without prefix.

    Raises:
        ValueError: If a weight is of integer type, as in a quantized checkpoint.
    """
    parts = {match[0] for match in map(_PART.match, own) if match}
    dropped = []
    for key in [key for key in state_dict if key.startswith(prefix)]:
        name = key[len(prefix) :]
        _require_floating(name, state_dict[key], own)
        part = _PART.match(name)
        if name not in own and part and part[0] not in parts:
            del state_dict[key]
            dropped.append(name)
        elif name.endswith(_TABLE) and name in own:
            table = resize_position_table(state_dict[key], own[name].shape[0])
            if table is not state_dict[key]:
                state_dict[key] = table
                index = name.replace(_TABLE, _INDEX)
                state_dict[prefix + index] = own[index]
    return dropped


def _require_floating(name: str, value: Any, own: Mapping[str, Tensor]) -> None:
    wanted = isinstance(value, Tensor) and name in own and own[name].is_floating_point()
    if wanted and not value.is_floating_point():
        raise ValueError(
            f"the weight {name} is {value.dtype} in the file, expected floating point: "
            "save the weights as float32 or float16"
        )


def resize_position_table(table: Tensor, rows: int) -> Tensor:
    """Resize a table of relative position biases by bicubic interpolation.

    Args:
        table: Table ((2w − 1)², heads) for windows of side w.
        rows: Wanted number of rows, (2w' − 1)².

    Returns:
        Table (rows, heads); the argument itself if it has that many rows.
    """
    if table.ndim != 2 or table.shape[0] == rows:
        return table
    old, new = round(table.shape[0] ** 0.5), round(rows**0.5)
    grid = table.float().T.reshape(1, -1, old, old)  # (1, heads, 2w − 1, 2w − 1)
    grid = F.interpolate(grid, size=(new, new), mode="bicubic")
    return grid.flatten(2)[0].T.to(table.dtype).contiguous()  # (rows, heads)
