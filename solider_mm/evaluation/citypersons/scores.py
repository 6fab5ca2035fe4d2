"""Log-average miss rate and AP50 of the CityPersons evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solider_mm.evaluation.citypersons.curves import (
    average_precision,
    log_average_miss_rate,
)
from solider_mm.evaluation.citypersons.matching import (
    Detections,
    TrueBoxes,
    match_detections,
    sort_detections,
)
from solider_mm.evaluation.citypersons.records import (
    Annotations,
    GroundTruth,
    Record,
    read_detections,
    read_ground_truth,
)

__all__ = [
    "SETTINGS",
    "EvaluationSetting",
    "Range",
    "ap50",
    "miss_rate",
    "score_detections",
]

MAX_DETECTIONS = 1000  # per image
HEIGHT_TOLERANCE = 1.25  # detections slightly outside the height range still count


@dataclass(frozen=True)
class Range:
    """A closed interval.

    Attributes:
        low: Smallest value.
        high: Largest value.
    """

    low: float
    high: float = np.inf


@dataclass(frozen=True)
class EvaluationSetting:
    """The subset of people who have to be detected; others are ignored.

    Attributes:
        height: Box heights in pixels.
        visibility: Visible shares of the box.
    """

    height: Range
    visibility: Range


SETTINGS = {
    "Reasonable": EvaluationSetting(Range(50), Range(0.65)),
    "Reasonable-small": EvaluationSetting(Range(50, 75), Range(0.65)),
    "Heavy": EvaluationSetting(Range(50), Range(0.2, 0.65)),
    "All": EvaluationSetting(Range(20), Range(0.2)),
}
# The names that the official evaluator prints.
_OFFICIAL_NAMES = {
    "Reasonable_small": "Reasonable-small",
    "Reasonable_occ=heavy": "Heavy",
}


def miss_rate(
    ground_truth: GroundTruth, detections: Sequence[Record], setting: str = "Reasonable"
) -> float:
    """Compute the log-average miss rate MR⁻² as the official evaluator does.

    IoU 0.5, at most 1000 detections per image, greedy matching by score. People outside
    the ranges of the setting are ignored: a detection covered by one to half or more is
    not counted. Detections count from 1/1.25 of the smallest height to below 1.25 times
    the largest.

    Args:
        ground_truth: Evaluation JSON, a dict with `images` and `annotations`
            (`image_id`, `bbox`, `height`, `vis_ratio`, `ignore`). Its list of
            annotations is also accepted if images are numbered from 1 and the last one
            has a box or a detection.
        detections: Records with `image_id`, `bbox` (x, y, w, h) and `score`.
        setting: Evaluation setting: 'Reasonable', 'Reasonable-small', 'Heavy' or 'All'.

    Returns:
        A fraction: 0 for a perfect detector, 1 for one that detects nobody; -1 if the
        setting contains nobody.

    Raises:
        TypeError: If the ground truth is neither a dict nor a list.
        ValueError: If the setting is unknown or a record is invalid.

    Source:
        docs/reference.md §7.5; golden numbers of the official evaluator.
    """
    truth = read_ground_truth(ground_truth, detections)
    found = read_detections(detections, truth.image_ids)
    return _miss_rate(truth, sort_detections(found, MAX_DETECTIONS), setting)


def ap50(ground_truth: GroundTruth, detections: Sequence[Record]) -> float:
    """Compute average precision at IoU 0.5 over all people without an ignore flag.

    Arguments, errors and the value -1 are those of `miss_rate`. People of any height
    and visibility count.

    Returns:
        A fraction in [0, 1], or -1.
    """
    truth = read_ground_truth(ground_truth, detections)
    found = read_detections(detections, truth.image_ids)
    return _ap50(truth, sort_detections(found, MAX_DETECTIONS))


def score_detections(truth: Annotations, found: Detections) -> dict[str, float]:
    """Compute the miss rate of every setting and AP50.

    Args:
        truth: Annotated boxes.
        found: Detections, in any order.

    Returns:
        Fractions `MR_<setting>` and `AP50`; -1 without ground truth.
    """
    found = sort_detections(found, MAX_DETECTIONS)
    scores = {f"MR_{name}": _miss_rate(truth, found, name) for name in SETTINGS}
    return {**scores, "AP50": _ap50(truth, found)}


def _find_setting(name: str) -> EvaluationSetting:
    name = _OFFICIAL_NAMES.get(name, name)
    if name not in SETTINGS:
        raise ValueError(
            f"evaluation setting {name!r} is unknown; expected one of "
            f"{', '.join(SETTINGS)}."
        )
    return SETTINGS[name]


def _miss_rate(truth: Annotations, found: Detections, name: str) -> float:
    setting = _find_setting(name)
    counts = np.ones(len(truth.height), dtype=bool)
    for values, limits in (
        (truth.height, setting.height),
        (truth.visibility, setting.visibility),
    ):
        counts &= (values >= limits.low) & (values <= limits.high)
    heights = found.boxes[:, 3]
    kept = heights >= setting.height.low / HEIGHT_TOLERANCE
    kept &= heights < setting.height.high * HEIGHT_TOLERANCE
    found = Detections(found.image[kept], found.boxes[kept], found.scores[kept])
    boxes = TrueBoxes(truth.image, truth.boxes, truth.ignored | ~counts)
    return log_average_miss_rate(
        match_detections(boxes, found),
        found.scores,
        int((~boxes.ignored).sum()),
        len(truth.image_ids),
    )


def _ap50(truth: Annotations, found: Detections) -> float:
    boxes = TrueBoxes(truth.image, truth.boxes, truth.ignored)
    outcome = match_detections(boxes, found)
    return average_precision(outcome, found.scores, int((~boxes.ignored).sum()))
