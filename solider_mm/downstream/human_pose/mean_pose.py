"""Image-independent baseline: the mean pose."""

from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from numpy.typing import NDArray

__all__ = ["MeanPose", "evaluate_mean_pose"]


class MeanPose:
    """Mean position of each joint relative to the person's box.

    Args:
        joints: Joints (N, K, 2) in pixels.
        labeled: Mask of the labeled joints, (N, K).
        boxes: Corners x1, y1, x2, y2 in pixels, (N, 4), with width and height above 0.

    Raises:
        ValueError: If there is no person, or a joint without any label.
    """

    def __init__(
        self,
        joints: NDArray[np.float32],
        labeled: NDArray[np.bool_],
        boxes: NDArray[np.float32],
    ) -> None:
        counts = labeled.sum(axis=0)
        if len(joints) == 0 or not counts.all():
            raise ValueError(
                f"the {len(joints)} persons have {counts.tolist()} labels per joint, "
                "expected at least one for every joint: use more persons"
            )
        low, size = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2]
        inside = np.where(labeled[..., None], (joints - low) / size, 0.0)
        self.joints = inside.sum(axis=0) / counts[:, None]  # (K, 2)

    def place(self, boxes: NDArray[np.float32]) -> NDArray[np.float64]:
        """Place the mean pose into boxes.

        Args:
            boxes: Corners x1, y1, x2, y2 in pixels, (M, 4).

        Returns:
            Joints (M, K, 2) in pixels.
        """
        size = boxes[:, None, 2:] - boxes[:, None, :2]
        return np.asarray(boxes[:, None, :2] + size * self.joints)


def evaluate_mean_pose(cfg: Config) -> dict[str, float]:
    """Fit the mean pose to a config's training set and evaluate its validation set.

    Args:
        cfg: Top-down config of mmpose; its model and pipelines are not used.

    Returns:
        Metrics of the config's validation evaluator.
    """
    init_default_scope(str(cfg.get("default_scope", "mmpose")))
    train, val = (
        DATASETS.build({**cfg[f"{part}_dataloader"]["dataset"], "pipeline": []})
        for part in ("train", "val")
    )
    people = [train.get_data_info(i) for i in range(len(train))]
    joints, labeled, boxes = (
        np.concatenate([person[key] for person in people])
        for key in ("keypoints", "keypoints_visible", "bbox")
    )
    mean = MeanPose(joints, labeled > 0, boxes)
    metrics = cfg.val_evaluator
    evaluator = Evaluator(metrics if isinstance(metrics, list) else [metrics])
    evaluator.dataset_meta = val.metainfo
    samples = _samples(mean, val)
    evaluator.process(samples)
    return dict(evaluator.evaluate(len(samples)))


def _samples(mean: MeanPose, dataset: BaseDataset) -> list[dict[str, Any]]:
    """Return predictions and ground truth in the form of mmpose's metrics."""
    samples = []
    for i in range(len(dataset)):
        person = dataset.get_data_info(i)
        joints = mean.place(person["bbox"])  # (1, K, 2)
        raw = person.get("raw_ann_info")
        samples.append(
            {
                "id": person["id"],
                "img_id": person["img_id"],
                "category_id": 1,
                "ori_shape": person.get("img_shape", (0, 0)),
                "raw_ann_info": raw,
                "pred_instances": {
                    "keypoints": joints,
                    "keypoint_scores": np.ones(joints.shape[:2]),
                },
                "gt_instances": {
                    "keypoints": person["keypoints"],
                    "keypoints_visible": person["keypoints_visible"],
                    "bboxes": person["bbox"],
                    "bbox_scores": person["bbox_score"],
                },
            }
        )
    return samples
