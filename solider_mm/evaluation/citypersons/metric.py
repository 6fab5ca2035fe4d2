"""Pedestrian detection on CityPersons: the log-average miss rate of four set-ups."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from solider_mm.evaluation.citypersons.curves import (
    average_precision,
    log_average_miss_rate,
)
from solider_mm.evaluation.citypersons.files import read_annotation_file
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
from solider_mm.fileio.json_file import write_json
from solider_mm.registry import METRICS

__all__ = ["SETUPS", "CityPersonsMetric", "Setup", "ap50", "miss_rate"]

MAX_DETECTIONS = 1000  # per image
HEIGHT_TOLERANCE = 1.25  # detections a little outside of the range still count
_PERSON = 0


class Setup(NamedTuple):
    """Which people have to be found; both ends of the ranges belong to them.

    Attributes:
        height: Least and largest height of the box, in pixels.
        visibility: Least and largest visible share of the box.
    """

    height: tuple[float, float]
    visibility: tuple[float, float]


SETUPS = {
    "Reasonable": Setup((50, np.inf), (0.65, np.inf)),
    "Reasonable-small": Setup((50, 75), (0.65, np.inf)),
    "Heavy": Setup((50, np.inf), (0.2, 0.65)),
    "All": Setup((20, np.inf), (0.2, np.inf)),
}
# The names that the official evaluator prints.
_OFFICIAL_NAMES = {
    "Reasonable_small": "Reasonable-small",
    "Reasonable_occ=heavy": "Heavy",
}


def miss_rate(
    ground_truth: GroundTruth, detections: Sequence[Record], setup: str = "Reasonable"
) -> float:
    """Log-average miss rate MR⁻² of a set-up, as the official evaluator gives it.

    IoU 0.5, at most 1000 detections per image, greedy matching by score. People
    outside of the set-up's ranges are ignored: a detection of which half or more lies
    on one counts neither way. Detections count from 1/1.25 of the least height to
    below 1.25 of the largest.

    Args:
        ground_truth: The evaluation JSON, a dict with `images` and `annotations`
            (`image_id`, `bbox`, `height`, `vis_ratio`, `ignore`). Its list of
            annotations also does if the images are numbered from 1 and the last one
            has a box or a detection.
        detections: Records with `image_id`, `bbox` (x, y, w, h) and `score`.
        setup: 'Reasonable', 'Reasonable-small', 'Heavy' or 'All'.

    Returns:
        A fraction: 0 for a perfect detector, 1 for one that finds nobody; -1 if the
        set-up holds nobody to find.

    Raises:
        TypeError: If the ground truth is neither a dict nor a list.
        ValueError: If the set-up is unknown or a record is not usable.

    Source:
        docs/reference.md §7.5; the golden numbers of the official evaluator.
    """
    truth = read_ground_truth(ground_truth, detections)
    found = read_detections(detections, truth.image_ids)
    return _miss_rate(truth, sort_detections(found, MAX_DETECTIONS), setup)


def ap50(ground_truth: GroundTruth, detections: Sequence[Record]) -> float:
    """Average precision at IoU 0.5 over all people that are not flagged as ignored.

    Arguments, errors and the value -1 are those of `miss_rate`; people of any height
    and visibility count.

    Returns:
        A fraction in [0, 1], or -1.
    """
    truth = read_ground_truth(ground_truth, detections)
    found = read_detections(detections, truth.image_ids)
    return _ap50(truth, sort_detections(found, MAX_DETECTIONS))


def _setup_of(name: str) -> Setup:
    name = _OFFICIAL_NAMES.get(name, name)
    if name not in SETUPS:
        raise ValueError(
            f"set-up {name!r} is unknown; expected one of {', '.join(SETUPS)}."
        )
    return SETUPS[name]


def _miss_rate(truth: Annotations, found: Detections, name: str) -> float:
    setup = _setup_of(name)
    counts = np.ones(len(truth.height), dtype=bool)
    for values, (low, high) in (
        (truth.height, setup.height),
        (truth.visibility, setup.visibility),
    ):
        counts &= (values >= low) & (values <= high)
    low, high = setup.height
    heights = found.boxes[:, 3]
    kept = heights >= low / HEIGHT_TOLERANCE
    kept &= heights < high * HEIGHT_TOLERANCE
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


@METRICS.register_module()
class CityPersonsMetric(BaseMetric):
    """Miss rates of the four set-ups and AP50, all in percent; -1 for nobody to find.

    Results are named `citypersons/MR_Reasonable`, `…/MR_Reasonable-small`,
    `…/MR_Heavy`, `…/MR_All` (less is better) and `citypersons/AP50`. Only
    detections of label 0 count. Without ranges in the annotations (`height`,
    `vis_ratio`) the box's height and full visibility are taken, so any COCO-style
    file of people will do.

    Args:
        ann_file: Evaluation JSON, or the original `anno_*.mat`.
        outfile: Where to write all detections as JSON, if anywhere.
        collect_device: Mmengine's.
        prefix: Mmengine's.

    Raises:
        FileNotFoundError: If the annotation file is not there.
        ValueError: If it cannot be read as one.
    """

    default_prefix = "citypersons"

    def __init__(
        self,
        *,
        ann_file: str,
        outfile: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ground_truth = read_annotation_file(ann_file)
        self.outfile = outfile

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Keep image id, boxes (x1, y1, x2, y2), scores of every data sample."""
        for sample in data_samples:
            found = sample["pred_instances"]
            person = found["labels"] == _PERSON
            boxes = found["bboxes"][person].double().cpu().numpy()
            boxes[:, 2:] -= boxes[:, :2]
            scores = found["scores"][person].double().cpu().numpy()
            self.results.append((int(sample["img_id"]), boxes, scores))

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Evaluate the images that were seen; a warning tells if some were not."""
        records = [
            {"image_id": image, "category_id": 1, "bbox": box, "score": score}
            for image, boxes, scores in results
            for box, score in zip(boxes.tolist(), scores.tolist(), strict=True)
        ]
        if self.outfile is not None:
            write_json(self.outfile, records)
        truth = read_ground_truth(self._seen({image for image, *_ in results}))
        found = read_detections(records, truth.image_ids)
        found = sort_detections(found, MAX_DETECTIONS)
        rates = {f"MR_{name}": _miss_rate(truth, found, name) for name in SETUPS}
        rates["AP50"] = _ap50(truth, found)
        return {name: rate * 100 if rate >= 0 else rate for name, rate in rates.items()}

    def _seen(self, image_ids: set[int]) -> dict[str, Any]:
        images = [e for e in self.ground_truth["images"] if e["id"] in image_ids]
        total = len(self.ground_truth["images"])
        if len(images) < total:
            MMLogger.get_current_instance().warning(
                "%d of the %d annotated images were tested; the others do not count.",
                len(images),
                total,
            )
        annotations = self.ground_truth["annotations"]
        return {
            "images": images,
            "annotations": [e for e in annotations if e["image_id"] in image_ids],
        }
