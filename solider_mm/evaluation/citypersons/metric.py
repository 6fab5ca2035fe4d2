"""Pedestrian detection on CityPersons: miss rates of four settings and AP50."""

from collections.abc import Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from solider_mm.evaluation.citypersons.files import read_annotation_file
from solider_mm.evaluation.citypersons.records import read_detections, read_ground_truth
from solider_mm.evaluation.citypersons.scores import score_detections
from solider_mm.fileio.json_file import write_json
from solider_mm.registry import METRICS

__all__ = ["CityPersonsMetric"]

_PERSON = 0


@METRICS.register_module()
class CityPersonsMetric(BaseMetric):
    """Miss rates of the four evaluation settings and AP50, in percent.

    Metrics are named `citypersons/MR_Reasonable`, `…/MR_Reasonable-small`,
    `…/MR_Heavy`, `…/MR_All` (lower is better) and `citypersons/AP50`; -1 means that the
    setting contains nobody. Only detections of label 0 count. Annotations without
    `height` or `vis_ratio` get the height of the box and full visibility, so any
    COCO-style file of people is accepted.

    Args:
        ann_file: Evaluation JSON, or the original `anno_*.mat`.
        outfile: JSON file for all detections, or None.
        collect_device: Argument of mmengine's `BaseMetric`.
        prefix: Argument of mmengine's `BaseMetric`.

    Raises:
        FileNotFoundError: If the annotation file does not exist.
        ValueError: If the annotation file is invalid.
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
        """Store image id, boxes (x, y, w, h) and scores of every data sample."""
        for sample in data_samples:
            found = sample["pred_instances"]
            person = found["labels"] == _PERSON
            boxes = found["bboxes"][person].double().cpu().numpy()
            boxes[:, 2:] -= boxes[:, :2]
            scores = found["scores"][person].double().cpu().numpy()
            self.results.append((int(sample["img_id"]), boxes, scores))

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Evaluate the tested images; log a warning if some were not tested."""
        records = [
            {"image_id": image, "category_id": 1, "bbox": box, "score": score}
            for image, boxes, scores in results
            for box, score in zip(boxes.tolist(), scores.tolist(), strict=True)
        ]
        if self.outfile is not None:
            write_json(self.outfile, records)
        truth = read_ground_truth(self._tested({image for image, *_ in results}))
        found = read_detections(records, truth.image_ids)
        scores = score_detections(truth, found)
        return {
            name: 100 * score if score >= 0 else score for name, score in scores.items()
        }

    def _tested(self, image_ids: set[int]) -> dict[str, Any]:
        images = [e for e in self.ground_truth["images"] if e["id"] in image_ids]
        total = len(self.ground_truth["images"])
        if len(images) < total:
            MMLogger.get_current_instance().warning(
                "%d of the %d annotated images were tested; the others are ignored.",
                len(images),
                total,
            )
        annotations = self.ground_truth["annotations"]
        return {
            "images": images,
            "annotations": [e for e in annotations if e["image_id"] in image_ids],
        }
