"""Files that hold a backbone only: which they are, and a config for them."""

import re
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config, ConfigDict

from solider_mm.checkpoints import EMBEDDED_SIZE, infer_arch, parse_checkpoint
from solider_mm.checkpoints.weight_checks import plain_names

__all__ = ["backbone_config", "is_backbone_only"]

_BACKBONE_PART = re.compile(r"(^|\.)(patch_embed|stages|norm\d|semantic_embed_[wb])\.")
# Named sizes whose strides are not those of the released files, and their images.
_SMALL = {
    (40, (1, 1, 2)): ("nano", EMBEDDED_SIZE),
    (64, (2, 2, 6)): ("mini", (128, 64)),
}
_RELEASED_STAGES = 4
_RELEASED_SIZE = (256, 128)


def is_backbone_only(content: Any) -> bool:
    """Return whether a file holds a Swin, but no head of a downstream task.

    Args:
        content: What `load_file` returned.

    Returns:
        True for weights of a backbone and for pretraining checkpoints.
    """
    try:
        checkpoint = parse_checkpoint(content)
    except ValueError:
        return False
    if checkpoint.neck or checkpoint.layout == "pretraining":
        return True
    state = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    return all(map(_BACKBONE_PART.search, plain_names(state)))


def backbone_config(content: Any) -> Config | None:
    """Config of the λ-Swin in a file, by the sizes of its weights.

    Args:
        content: What `load_file` returned.

    Returns:
        Config with `model.backbone` and the image size of pretraining; None if the
        strides do not follow from the sizes, or the file holds no Swin.
    """
    try:
        arch = infer_arch(parse_checkpoint(content).backbone)
    except ValueError:
        return None
    window_size = arch.pop("window_size")
    backbone: dict[str, Any] = {"type": "solider_mm.SOLIDERSwin"}
    small = _SMALL.get((arch["embed_dims"], arch["depths"]))
    if small is not None:
        backbone["arch"], size = small
    elif len(arch["depths"]) == _RELEASED_STAGES:
        size = _RELEASED_SIZE
        backbone |= {"arch": arch, "window_size": window_size}
    else:
        return None
    return Config(
        ConfigDict(
            model={"backbone": backbone}, global_size=size, default_scope="mmpretrain"
        )
    )
