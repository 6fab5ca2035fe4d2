"""Make weights of a full Swin fit a Swin that keeps only what it uses."""

import re
from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor

__all__ = ["adapt_state_dict", "resize_position_table"]

_TABLE = "relative_position_bias_table"
_INDEX = "relative_position_index"
# Parts that a model leaves out where they would not reach an output.
_PART = re.compile(r"(semantic_embed_[wb]\.\d+|norm\d+|stages\.\d+(\.downsample)?)\.")


def adapt_state_dict(
    state_dict: dict[str, Any], own: Mapping[str, Tensor], prefix: str = ""
) -> list[str]:
    """Drop what the model leaves out; resize position tables of another window.

    Args:
        state_dict: Changed in place.
        own: The model's weights, without prefix.
        prefix: Of the model's keys in `state_dict`.

    Returns:
        The names that were dropped, without prefix.
    """
    parts = {match[0] for match in map(_PART.match, own) if match}
    left_out = []
    for key in [key for key in state_dict if key.startswith(prefix)]:
        name = key[len(prefix) :]
        part = _PART.match(name)
        if name not in own and part and part[0] not in parts:
            del state_dict[key]
            left_out.append(name)
        elif name.endswith(_TABLE) and name in own:
            table = resize_position_table(state_dict[key], own[name].shape[0])
            if table is not state_dict[key]:
                state_dict[key] = table
                index = name.replace(_TABLE, _INDEX)
                state_dict[prefix + index] = own[index]
    return left_out


def resize_position_table(table: Tensor, rows: int) -> Tensor:
    """Bicubic resize of a table of relative positions.

    Args:
        table: ((2w − 1)², heads) for windows of w.
        rows: (2w' − 1)², wanted.

    Returns:
        (rows, heads); the table itself if it fits already.
    """
    if table.ndim != 2 or table.shape[0] == rows:
        return table
    old, new = round(table.shape[0] ** 0.5), round(rows**0.5)
    grid = table.float().T.reshape(1, -1, old, old)  # (1, heads, 2w − 1, 2w − 1)
    grid = F.interpolate(grid, size=(new, new), mode="bicubic")
    return grid.flatten(2)[0].T.to(table.dtype).contiguous()  # (rows, heads)
