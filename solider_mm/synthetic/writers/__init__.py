"""Writers of synthetic data in the folder layouts of real data sets."""

from collections.abc import Callable
from pathlib import Path

from solider_mm.synthetic.writers.citypersons import write_citypersons
from solider_mm.synthetic.writers.coco import write_coco
from solider_mm.synthetic.writers.lip import write_lip
from solider_mm.synthetic.writers.market1501 import write_market1501
from solider_mm.synthetic.writers.pa100k import write_pa100k
from solider_mm.synthetic.writers.prw import write_prw
from solider_mm.synthetic.writers.truth import load_truth

WRITERS: dict[str, Callable[..., Path]] = {
    "market1501": write_market1501,
    "pa100k": write_pa100k,
    "prw": write_prw,
    "citypersons": write_citypersons,
    "lip": write_lip,
    "coco": write_coco,
}
"""Writers by layout name."""

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
