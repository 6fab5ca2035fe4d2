"""Attribute recognition metric: mean accuracy (mA) and instance-based metrics."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from solider_mm.evaluation.attribute.report import (
    SUMMARY_METRICS,
    attribute_report,
    format_attribute_report,
    write_attribute_report,
)
from solider_mm.evaluation.attribute.scores import attribute_scores
from solider_mm.registry import METRICS

__all__ = ["PedestrianAttributeMetric"]


class _Tensor(Protocol):
    def tolist(self) -> list[float]:
        """Return the values as a list."""


@METRICS.register_module()
class PedestrianAttributeMetric(BaseMetric):
    """mA and instance-based metrics in percent, with a table of the attributes.

    Reads `gt_score` and `pred_score` (A,) of each data sample, the attribute names from
    the dataset's `classes`, and the optional `loss`. The mean loss over the images is
    the value that the official plateau schedule monitors.

    Args:
        threshold: Decision threshold; a probability strictly above it is positive.
        report_file: JSON file with the metrics of every attribute, rewritten at each
            evaluation; None writes no file.
        collect_device: Argument of mmengine's `BaseMetric`.
        prefix: Prefix of the metric names; None means `attribute`.

    Raises:
        ValueError: If `threshold` is outside (0, 1).

    Source:
        docs/reference.md §5.4, §A10. The official code averages the loss over batches
        of unequal size; here every image has the same weight.
    """

    default_prefix = "attribute"

    def __init__(
        self,
        *,
        threshold: float = 0.5,
        report_file: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not 0 < threshold < 1:
            raise ValueError(
                f"threshold={threshold}: expected a number between 0 and 1"
            )
        self.threshold = threshold
        self.report_file = report_file

    def process(
        self,
        data_batch: Any,  # noqa: ARG002  (the base class's signature)
        data_samples: Sequence[Mapping[str, _Tensor]],
    ) -> None:
        """Store labels, probabilities and losses of a batch.

        Raises:
            ValueError: If a sample has no label.
        """
        for sample in data_samples:
            if "gt_score" not in sample:
                raise ValueError(
                    f"image {sample.get('img_path', '?')} has no gt_score: evaluate an "
                    "attribute dataset such as solider_mm.PA100K"
                )
            loss = sample["loss"].tolist() if "loss" in sample else None
            truth, scores = sample["gt_score"].tolist(), sample["pred_score"].tolist()
            self.results.append((truth, scores, loss))

    def compute_metrics(
        self, results: list[tuple[list[float], list[float], float | None]]
    ) -> dict[str, float]:
        """Log the table, write the report and return percentages and the loss."""
        truth, probabilities, losses = zip(*results, strict=True)
        scores = attribute_scores(truth, probabilities, self.threshold)
        metrics = {name: 100 * scores[name] for name in SUMMARY_METRICS}
        known = [loss for loss in losses if loss is not None]
        if len(known) == len(losses):
            metrics["cross_entropy"] = float(np.mean(known))
        report = attribute_report(
            scores,
            self._names(len(truth[0])),
            num_images=len(truth),
            threshold=self.threshold,
            cross_entropy=metrics.get("cross_entropy"),
        )
        print_log(f"\n{format_attribute_report(report)}", logger="current")
        if self.report_file is not None:
            write_attribute_report(report, self.report_file)
        return metrics

    def _names(self, count: int) -> list[str]:
        """Return the attribute names.

        Raises:
            ValueError: If the dataset has a different number of attributes.
        """
        names = list((self.dataset_meta or {}).get("classes") or map(str, range(count)))
        if len(names) != count:
            raise ValueError(
                f"the model predicts {count} attributes, the dataset has {len(names)}: "
                f"set num_classes={len(names)} in the head"
            )
        return names
