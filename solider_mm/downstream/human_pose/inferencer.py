"""Keypoints of people."""

from typing import Any, ClassVar

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.apis.inference import dataset_meta_from_config
from mmpose.models.pose_estimators.base import BasePoseEstimator
from numpy.typing import NDArray
from torch import nn

from solider_mm.inference.media import MediaImage
from solider_mm.inference.model_building import test_pipeline
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.semantic_weights import override_semantic_weight

__all__ = ["HumanPoseInferencer"]

_READABLE = 384  # pixels of the longer side of a picture, at least


class HumanPoseInferencer(PersonInferencer):
    """Keypoints of every person, top-down.

    Every result has, besides the common fields,

    - `boxes`: (N, 4) float32, x1, y1, x2, y2 of each person in pixels;
    - `keypoints`: (N, K, 2) float32, x and y in pixels of the image;
    - `keypoint_scores`: (N, K) float32;
    - `keypoint_names`: K names;
    - `keypoint_threshold` (float): score below which a joint is not drawn.

    Options of the call:

    - `keypoint_threshold`: score below which a joint is not drawn, 0.2 by default.

    Without `boxes` and `detector` the whole image is one person.
    """

    task: ClassVar[str] = "pose"
    cuts_people: ClassVar[bool] = False
    default_model: ClassVar[str] = (
        "td-hm_solider-swin-nano_1xb32-bf16-20e_synthetic-128x96"
    )

    def _init_model(self, cfg: Config, weights: str | None, device: str) -> nn.Module:
        model = super()._init_model(cfg, weights, device)
        if getattr(model, "dataset_meta", None) is None:
            model.dataset_meta = dataset_meta_from_config(cfg, dataset_mode="test")
        return model

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model estimates poses."""
        return isinstance(model, BasePoseEstimator)

    def _init_pipeline(self, cfg: Config) -> Any:
        steps = [
            s for s in test_pipeline(cfg) if not str(s["type"]).endswith("LoadImage")
        ]
        return Compose(steps)

    def prepare(self, item: MediaImage, **options: Any) -> list[Any]:
        """One sample per person; runs ahead in a thread."""
        image = np.ascontiguousarray(item.image[..., ::-1])
        height, width = image.shape[:2]
        boxes = [[0, 0, width, height]] if item.people is None else item.people.tolist()
        samples = []
        for box in boxes:
            data = {
                "img": image,
                "img_path": item.name,
                "img_id": 0,
                "img_shape": (height, width),
                "ori_shape": (height, width),
                "bbox": np.array([box], np.float32),
                "bbox_score": np.ones(1, np.float32),
            }
            samples.append(self.pipeline(data | dict(self.model.dataset_meta)))
        return samples

    @torch.no_grad()
    def predict(
        self,
        batch: list[list[Any]],
        semantic_weights: list[float | None],
        **options: Any,
    ) -> list[Result]:
        """Estimate the poses of all people of a batch of images in one pass."""
        people = [sample for samples in batch for sample in samples]
        weights = [
            weight
            for samples, weight in zip(batch, semantic_weights, strict=True)
            for _ in samples
        ]
        found: list[Any] = []
        if people:
            weight = None if weights[0] is None else torch.tensor(weights)
            with (
                DefaultScope.overwrite_default_scope(self.scope),
                override_semantic_weight(self.model, weight),
            ):
                found = list(self.model.test_step(pseudo_collate(people)))
        remaining = iter(found)
        return [self._merge([next(remaining) for _ in samples]) for samples in batch]

    def _merge(self, samples: list[Any]) -> Result:
        names = list(self.model.dataset_meta["keypoint_id2name"].values())
        instances = [sample.pred_instances for sample in samples]
        count = len(names)
        return {
            "boxes": _stack([i.bboxes for i in instances], (0, 4)),
            "keypoints": _stack([i.keypoints for i in instances], (0, count, 2)),
            "keypoint_scores": _stack(
                [i.keypoint_scores for i in instances], (0, count)
            ),
            "keypoint_names": names,
        }

    def finish(self, item: MediaImage, result: Result, **options: Any) -> Result:
        """Note the score below which a joint is not drawn."""
        return result | {"keypoint_threshold": options.get("keypoint_threshold", 0.2)}

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """Skeletons by mmpose's visualizer; small images are enlarged."""
        from mmengine.structures import InstanceData  # noqa: PLC0415
        from mmpose.structures import PoseDataSample  # noqa: PLC0415
        from mmpose.visualization import PoseLocalVisualizer  # noqa: PLC0415

        scale = max(1, -(-_READABLE // max(image.shape[:2])))
        picture = np.asarray(image.repeat(scale, 0).repeat(scale, 1))
        if not len(result["boxes"]):
            return picture
        side = min(picture.shape[:2])
        painter = PoseLocalVisualizer(
            radius=max(3, side // 80), line_width=max(2, side // 160)
        )
        painter.set_dataset_meta(self.model.dataset_meta)
        sample = PoseDataSample()
        sample.pred_instances = InstanceData(
            keypoints=(result["keypoints"] + 0.5) * scale - 0.5,
            keypoint_scores=result["keypoint_scores"],
            bboxes=result["boxes"] * scale,
        )
        drawn: NDArray[np.uint8] = painter.add_datasample(
            "pose",
            picture,
            sample,
            draw_gt=False,
            draw_bbox=len(result["boxes"]) > 1,
            kpt_thr=result["keypoint_threshold"],
        )
        return drawn


def _stack(parts: list[Any], empty: tuple[int, ...]) -> NDArray[np.float32]:
    if not parts:
        return np.zeros(empty, np.float32)
    arrays = [np.asarray(getattr(part, "cpu", lambda p=part: p)()) for part in parts]
    return np.concatenate(arrays).astype(np.float32)
