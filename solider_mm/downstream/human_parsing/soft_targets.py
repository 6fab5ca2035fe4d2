"""Soft targets on their way from the averaged model to the head."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor

__all__ = ["SoftTargets", "attach_soft_targets", "soft_targets"]


class SoftTargets(NamedTuple):
    """What the averaged model says about a batch.

    Attributes:
        parsing: Logits of its fusion branch, (B, classes, h, w).
        edge: Logits of its edge branch, (B, 2, h, w).
        finished_cycles: n, at least 1.
    """

    parsing: Tensor
    edge: Tensor
    finished_cycles: int


def attach_soft_targets(samples: Sequence[SegDataSample], soft: SoftTargets) -> None:
    """Give every sample its share.

    Args:
        samples: Of one batch; changed in place.
        soft: For all of them.
    """
    for sample, parsing, edge in zip(samples, soft.parsing, soft.edge, strict=True):
        maps = {"soft_parsing": parsing, "soft_edge": edge}
        sample.set_data({name: PixelData(data=one) for name, one in maps.items()})
        sample.set_metainfo({"finished_cycles": soft.finished_cycles})


def soft_targets(samples: Sequence[SegDataSample]) -> SoftTargets | None:
    """Collect the shares of a batch again.

    Args:
        samples: Of one batch.

    Returns:
        None if there are none.
    """
    if not all("soft_parsing" in sample for sample in samples):
        return None
    return SoftTargets(
        torch.stack([sample.soft_parsing.data for sample in samples]),
        torch.stack([sample.soft_edge.data for sample in samples]),
        int(samples[0].finished_cycles),
    )
