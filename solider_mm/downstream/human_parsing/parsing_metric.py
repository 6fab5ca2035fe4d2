"""IoU over all images in double precision."""

from typing import Any

import torch
from mmseg.evaluation.metrics import IoUMetric

from solider_mm.registry import METRICS

__all__ = ["ParsingMetric"]


@METRICS.register_module()
class ParsingMetric(IoUMetric):
    """mmseg's `IoUMetric` without rounding, in double precision, with IoU per class.

    mmseg rounds to two decimals of a percent and sums pixels in single precision,
    which is exact only up to 16.7 million.

    Args:
        absent_as_zero: Whether a class that neither occurs nor is predicted counts as
            IoU 0 and accuracy 0, as in the released code. Otherwise it is excluded
            from the means, as in mmseg. Both are equal if all classes occur.
        **kwargs: Arguments of mmseg's `IoUMetric`.

    Source:
        docs/reference.md §8.6.
    """

    default_prefix = None

    def __init__(self, *, absent_as_zero: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("iou_metrics", ["mIoU"])
        super().__init__(nan_to_num=0 if absent_as_zero else None, **kwargs)

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Compute the metrics.

        Args:
            results: Areas of each image: intersection, union, prediction, label.

        Returns:
            `aAcc`, `mIoU`, `mAcc` and `IoU/<class>` in percent; NaN for an absent class
            unless it counts as zero.
        """
        metrics: dict[str, float] = dict(super().compute_metrics(results))  # logs
        if self.format_only:
            return metrics
        areas = [
            torch.stack([area.double() for area in kind]).sum(0)
            for kind in zip(*results, strict=True)
        ]
        exact = self.total_area_to_metrics(
            *areas, self.metrics, self.nan_to_num, self.beta
        )
        metrics["aAcc"] = 100 * float(exact.pop("aAcc"))
        for name, values in exact.items():
            metrics[f"m{name}"] = 100 * float(torch.from_numpy(values).nanmean())
        for label, iou in zip(
            self.dataset_meta["classes"], exact.get("IoU", ()), strict=False
        ):
            metrics[f"IoU/{label}"] = 100 * float(iou)
        return metrics
