"""Pack a frame or a query together with its identities."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from mmdet.datasets.transforms import PackDetInputs

from solider_mm.registry import TRANSFORMS

__all__ = ["PackPersonSearchInputs"]


@TRANSFORMS.register_module()
class PackPersonSearchInputs(PackDetInputs):
    """mmdet's `PackDetInputs` with identities and a minimum box size.

    Boxes smaller than `min_size` after all transforms are dropped together with their
    labels and identities.

    Args:
        meta_keys: Keys of the image metadata to keep in the data sample.
        min_size: Smallest width and height of a kept box in pixels of the transformed
            image; 0 keeps all boxes, as required for testing.
    """

    mapping_table: ClassVar[dict[str, str]] = {
        **PackDetInputs.mapping_table,
        "gt_instances_ids": "instances_ids",
    }

    def __init__(
        self,
        *,
        meta_keys: Sequence[str] = (
            "img_id",
            "img_path",
            "ori_shape",
            "img_shape",
            "scale_factor",
            "flip",
            "flip_direction",
            "is_query",
            "query_index",
            "camera_id",
        ),
        min_size: float = 0.0,
    ) -> None:
        super().__init__(meta_keys=tuple(meta_keys))
        self.min_size = min_size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack the results; see mmdet's `PackDetInputs`."""
        if self.min_size > 0 and len(results["gt_bboxes"]):
            boxes = results["gt_bboxes"]
            corners = np.asarray(getattr(boxes, "tensor", boxes))
            kept = (corners[:, 2:] - corners[:, :2] >= self.min_size).all(axis=1)
            for key in (*self.mapping_table, "gt_ignore_flags"):
                if key in results:
                    results[key] = results[key][kept]
        packed: dict[str, Any] = super().transform(results)
        return packed
