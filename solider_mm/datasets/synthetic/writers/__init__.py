"""Drawn data in the layouts that the real sets come in."""

from collections.abc import Callable
from pathlib import Path

from .citypersons import write_citypersons
from .coco import write_coco
from .lip import write_lip
from .market1501 import write_market1501
from .pa100k import write_pa100k
from .prw import write_prw
from .truth import load_truth

WRITERS: dict[str, Callable[..., Path]] = {
    "market1501": write_market1501,
    "pa100k": write_pa100k,
    "prw": write_prw,
    "citypersons": write_citypersons,
    "lip": write_lip,
    "coco": write_coco,
}
"""Every layout by name."""

__all__ = [
    "WRITERS",
    "load_truth",
    "write_citypersons",
    "write_coco",
    "write_lip",
    "write_market1501",
    "write_pa100k",
    "write_prw",
]
