"""Size of the example images with which any size is exported."""

from math import prod
from typing import Any

from torch import nn

from solider_mm.models.backbones.solider_swin import SOLIDERSwin

__all__ = ["example_size"]


def example_size(model: nn.Module) -> tuple[int, int]:
    """Choose a size for which no map is a special case.

    An exporter would note that a map is one window wide, and refuse other sizes.

    Args:
        model: Model with a `SOLIDERSwin` in it.

    Returns:
        (H, W) with two and three windows in the map of the last stage.
    """
    found = (m for m in model.modules() if isinstance(m, SOLIDERSwin))
    backbone: Any = next(found)
    merges = [stage.downsample for stage in backbone.stages]
    strides = [merge.stride for merge in merges if merge is not None]
    window = backbone.stages[0].blocks[0].attn["w_msa"].window_size
    side = int(window * backbone.patch_embed.stride * prod(strides))
    return 2 * side, 3 * side
