"""Attribute recognition: mean accuracy of the labels, and the instance measures."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import ArrayLike, NDArray

from solider_mm.evaluation.attribute.report import (
    SUMMARY_FIGURES,
    attribute_report,
    format_attribute_report,
    write_attribute_report,
)
from solider_mm.registry import METRICS

__all__ = ["PedestrianAttributeMetric", "attribute_scores"]

_EPSILON = 1e-20  # the reference's: a ratio without a denominator is 0


def attribute_scores(
    labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5
) -> dict[str, Any]:
    """Judge binary attributes per label and per image.

    A ratio whose denominator is empty counts as 0 and stays in the mean: a label
    without positives contributes half its negative recall to mA, an image without
    positives 0 to recall. A label −1 is neither positive nor negative; predicted
    positive, it still counts in the instance precision and union.

    Args:
        labels: (N, A), 1 positive, 0 negative, −1 unknown.
        probabilities: (N, A) in [0, 1]; strictly above `threshold` is positive.
        threshold: Decision level.

    Returns:
        Fractions `mA` = mean over labels of (positive recall + negative recall) / 2,
        and the means over images `accuracy` = |truth ∩ found| / |truth ∪ found|,
        `precision`, `recall`, with `f1` made of these two means. Per label, each
        (A,): `label_mA`, `label_positive_recall`, `label_negative_recall`,
        `label_precision`, `label_accuracy`, `label_f1`, and the counts
        `label_positives`, `label_negatives`, `label_false_negatives`,
        `label_false_positives`, `label_errors`.

    Raises:
        ValueError: If shapes differ, nothing is given, or a value is out of range.

    Source:
        docs/reference.md §5.4; tests/data/golden/attribute_metrics.npz.
    """
    truth, scores = _checked(labels, probabilities)
    found = scores > threshold  # (N, A)
    positive, negative = truth == 1, truth == 0
    per_label = _label_scores(positive, negative, found)
    hits = (positive & found).sum(axis=1)  # (N,)
    accuracy = _ratio(hits, (positive | found).sum(axis=1)).mean()
    precision = _ratio(hits, found.sum(axis=1)).mean()
    recall = _ratio(hits, positive.sum(axis=1)).mean()
    return {
        "mA": float(per_label["label_mA"].mean()),
        "accuracy": float(accuracy),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(2 * precision * recall / (precision + recall + _EPSILON)),
        **per_label,
    }


def _label_scores(
    positive: NDArray[np.bool_], negative: NDArray[np.bool_], found: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """Counts and ratios per label, each (A,)."""
    true_positive = (positive & found).sum(axis=0)
    false_positive = (negative & found).sum(axis=0)
    positives, negatives = positive.sum(axis=0), negative.sum(axis=0)
    positive_recall = _ratio(true_positive, positives)
    negative_recall = _ratio(negatives - false_positive, negatives)
    precision = _ratio(true_positive, true_positive + false_positive)
    return {
        "label_mA": (positive_recall + negative_recall) / 2,
        "label_positive_recall": positive_recall,
        "label_negative_recall": negative_recall,
        "label_precision": precision,
        "label_accuracy": _ratio(true_positive, positives + false_positive),
        "label_f1": _ratio(
            2 * precision * positive_recall, precision + positive_recall
        ),
        "label_positives": positives,
        "label_negatives": negatives,
        "label_false_negatives": positives - true_positive,
        "label_false_positives": false_positive,
        "label_errors": positives - true_positive + false_positive,
    }


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    return part / (whole + _EPSILON)


def _checked(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return both as (N, A) arrays, or say what is wrong with them."""
    truth, scores = np.asarray(labels), np.asarray(probabilities)
    if truth.ndim != 2 or truth.shape != scores.shape or truth.size == 0:
        raise ValueError(
            f"labels have shape {truth.shape} and probabilities {scores.shape}: "
            "expected the same (images, attributes) of both, at least one of each"
        )
    strange = truth[~np.isin(truth, (-1, 0, 1))]
    if strange.size:
        raise ValueError(
            f"labels hold {strange[0]}: expected 1 positive, 0 negative or -1 unknown; "
            "map other values first"
        )
    if not ((scores >= 0) & (scores <= 1)).all():  # NaN fails both
        raise ValueError(
            f"probabilities reach from {scores.min()} to {scores.max()}: expected "
            "numbers in [0, 1]; apply the sigmoid to logits"
        )
    return truth, scores


class _Tensor(Protocol):
    def tolist(self) -> list[float]:
        """Values on the CPU."""


@METRICS.register_module()
class PedestrianAttributeMetric(BaseMetric):
    """mA and the instance measures in percent, with a table of the attributes.

    Reads `gt_score` and `pred_score` (A,) of each data sample, the attribute names
    from the data set's `classes`, and `loss` where the head left one: its mean over
    the images is what the reference's plateau rule watches.

    Args:
        threshold: A probability strictly above it is a positive.
        report_file: JSON with the figures of every attribute, rewritten at each
            evaluation; None writes none.
        collect_device: 'cpu' or 'gpu', for distributed evaluation.
        prefix: Of the figures' names; None is `attribute`.

    Raises:
        ValueError: If `threshold` is outside (0, 1).

    Source:
        docs/reference.md §5.4, §A10. The reference averages the loss over batches of
        unequal size; here every image weighs the same.
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
        """Keep the truth, the probabilities and the loss of a batch.

        Raises:
            ValueError: If a sample has no truth.
        """
        for sample in data_samples:
            if "gt_score" not in sample:
                raise ValueError(
                    f"image {sample.get('img_path', '?')} has no gt_score: evaluate a "
                    "data set of attributes, such as solider_mm.PA100K"
                )
            loss = sample["loss"].tolist() if "loss" in sample else None
            truth, scores = sample["gt_score"].tolist(), sample["pred_score"].tolist()
            self.results.append((truth, scores, loss))

    def compute_metrics(
        self, results: list[tuple[list[float], list[float], float | None]]
    ) -> dict[str, float]:
        """Log the table, write the report, and return percentages (and the loss)."""
        truth, probabilities, losses = zip(*results, strict=True)
        scores = attribute_scores(truth, probabilities, self.threshold)
        figures = {name: 100 * scores[name] for name in SUMMARY_FIGURES}
        known = [loss for loss in losses if loss is not None]
        if len(known) == len(losses):
            figures["cross_entropy"] = float(np.mean(known))
        report = attribute_report(
            scores,
            self._names(len(truth[0])),
            num_images=len(truth),
            threshold=self.threshold,
            cross_entropy=figures.get("cross_entropy"),
        )
        print_log(f"\n{format_attribute_report(report)}", logger="current")
        if self.report_file is not None:
            write_attribute_report(report, self.report_file)
        return figures

    def _names(self, count: int) -> list[str]:
        """Names of the attributes.

        Raises:
            ValueError: If the data set names another number of them.
        """
        names = list((self.dataset_meta or {}).get("classes") or map(str, range(count)))
        if len(names) != count:
            raise ValueError(
                f"the model gives {count} attributes, the data set names {len(names)}: "
                f"set num_classes={len(names)} in the head"
            )
        return names
