"""The miss rates of CityPersons, box by box."""

import bisect
import math
from typing import Any

from solider_mm.evaluation.citypersons.curves import FPPI_SAMPLES
from solider_mm.evaluation.citypersons.scores import SETTINGS, Range

__all__ = ["loop_miss_rate"]

Boxes = list[dict[str, Any]]


def loop_miss_rate(truth: dict[str, Any], found: Boxes, setting: str) -> float:
    """The miss rate as docs/reference.md §7.5 put it in words.

    Args:
        truth: `images` and `annotations` of an evaluation JSON.
        found: Detections.
        setting: Name of an evaluation setting.

    Returns:
        The log-average miss rate; −1 without anyone to find.
    """
    outcomes: list[tuple[float, bool]] = []
    num_boxes = 0
    image_ids = sorted(image["id"] for image in truth["images"])
    for image in image_ids:
        boxes = [a for a in truth["annotations"] if a["image_id"] == image]
        regular = [a for a in boxes if counts(a, setting)]
        ignored = [a for a in boxes if not counts(a, setting)]
        num_boxes += len(regular)
        here = [d for d in found if d["image_id"] == image]
        here = sorted(here, key=lambda d: -d["score"])[:1000]
        outcomes += match_image(regular, ignored, here, SETTINGS[setting].height)
    if num_boxes == 0:
        return -1.0
    outcomes.sort(key=lambda outcome: -outcome[0])
    if not outcomes:
        return 1.0
    recall, fppi, true = [], [], 0
    for number, (_, is_true) in enumerate(outcomes, start=1):
        true += is_true
        recall.append(true / num_boxes)
        fppi.append((number - true) / len(image_ids))
    missed = [1 - recall[bisect.bisect_right(fppi, f) - 1] for f in FPPI_SAMPLES]
    if min(missed) <= 0:
        return 0.0
    return math.exp(sum(math.log(m) for m in missed) / len(missed))


def counts(annotation: dict[str, Any], setting: str) -> bool:
    """Whether a person has to be found."""
    height, visibility = SETTINGS[setting].height, SETTINGS[setting].visibility
    return (
        not annotation["ignore"]
        and height.low <= annotation["height"] <= height.high
        and visibility.low <= annotation["vis_ratio"] <= visibility.high
    )


def match_image(
    regular: Boxes, ignored: Boxes, found: Boxes, height: Range
) -> list[tuple[float, bool]]:
    """Score and rightness of the judged detections of one image."""
    free = list(regular)
    outcomes = []
    for detection in found:
        if not height.low / 1.25 <= detection["bbox"][3] < height.high * 1.25:
            continue
        best, best_iou = None, 0.5
        for box in free:
            iou = overlap(detection["bbox"], box["bbox"], of_detection=False)
            if iou >= best_iou:
                best, best_iou = box, iou
        if best is not None:
            free.remove(best)
            outcomes.append((detection["score"], True))
        elif not any(
            overlap(detection["bbox"], box["bbox"], of_detection=True) >= 0.5
            for box in ignored
        ):
            outcomes.append((detection["score"], False))
    return outcomes


def overlap(found: list[float], true: list[float], *, of_detection: bool) -> float:
    """IoU, or the covered share of the detection."""
    width = min(found[0] + found[2], true[0] + true[2]) - max(found[0], true[0])
    height = min(found[1] + found[3], true[1] + true[3]) - max(found[1], true[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = found[2] * found[3]
    if not of_detection:
        area = area + true[2] * true[3] - width * height
    return width * height / area
