"""L_dino: centering, sharpening, cross-entropy between different views."""

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from mmengine.model import BaseModule
from torch import Tensor

from solider_mm.registry import MODELS


@MODELS.register_module()
class DINOPretrainHead(BaseModule):
    """Cross-entropy of the student's views against the teacher's global views.

    Args:
        out_channels: Number K of prototypes.
        student_temperature: Temperature of the student, above 0.
        teacher_temperature: Temperature of the teacher, above 0. A hook may change it
            during training (`TeacherTemperatureHook`).
        center_momentum: Fraction of the old center that each step keeps, in [0, 1).
        init_cfg: Initialization config of mmengine's `BaseModule`.

    Raises:
        ValueError: If a temperature is not positive.

    Source:
        Algorithm 1, line 14; docs/reference.md §2.5 (7).
    """

    center: Tensor

    def __init__(
        self,
        *,
        out_channels: int = 65536,
        student_temperature: float = 0.1,
        teacher_temperature: float = 0.04,
        center_momentum: float = 0.9,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        for name, value in (
            ("student_temperature", student_temperature),
            ("teacher_temperature", teacher_temperature),
        ):
            if value <= 0:
                raise ValueError(f"{name}={value}: expected a number above 0.")
        self.out_channels = out_channels
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.center_momentum = center_momentum
        self.register_buffer("center", torch.zeros(1, out_channels))

    @torch.no_grad()
    def targets(self, teacher_scores: Tensor) -> Tensor:
        """Center and sharpen the teacher's scores.

        Args:
            teacher_scores: Scores (..., K).

        Returns:
            Probabilities (..., K), float32.
        """
        centered = teacher_scores.float() - self.center
        return F.softmax(centered / self.teacher_temperature, dim=-1)

    def loss(
        self,
        student_scores: Tensor,
        targets: Tensor,
        image_weights: Tensor | None = None,
    ) -> Tensor:
        """Mean cross-entropy over the pairs of different views.

        The cross-entropy of a pair is the log-sum-exp of the student's logits minus
        their product with the target. Both are linear in the targets, so all pairs
        share few sums, from which the pairs of equal views are taken away.

        Args:
            student_scores: Scores of V views, (V, B, K).
            targets: Target probabilities of the first G views, at most V, (G, B, K).
            image_weights: Weight of each image's loss (B,); None takes 1. The mean is
                over all images.

        Returns:
            Scalar, float32.

        Raises:
            ValueError: If no pair of different views exists.
        """
        num_targets, num_views = len(targets), len(student_scores)
        num_equal = min(num_targets, num_views)
        num_pairs = num_targets * num_views - num_equal
        if num_pairs == 0:
            raise ValueError(
                f"{num_targets} teacher and {num_views} student views leave no pair of "
                "different views: give at least two views."
            )
        logits = student_scores.float() / self.student_temperature  # (V, B, K)
        pairs = logits.new_full((num_views, 1), num_targets)
        pairs[:num_equal] -= 1
        log_partition = (pairs * logits.logsumexp(-1)).sum(0)  # (B,)
        products = (targets.sum(0) * logits.sum(0)).sum(-1)  # (B,)
        equal = (targets[:num_equal] * logits[:num_equal]).sum((0, 2))  # (B,)
        cross_entropy = log_partition - products + equal
        if image_weights is not None:
            cross_entropy = cross_entropy * image_weights
        return cross_entropy.mean() / num_pairs

    @torch.no_grad()
    def update_center(
        self, teacher_scores: Tensor, image_weights: Tensor | None = None
    ) -> None:
        """Move the center toward the mean of the teacher's scores of all processes.

        Args:
            teacher_scores: Scores (n, K) of the images of this process.
            image_weights: Weight of every image in the mean, (n,); None is 1. Where
                all are 0, the center stays.
        """
        scores = teacher_scores.float()
        if image_weights is None:
            batch_center = scores.mean(0, keepdim=True)  # (1, K)
            all_reduce(batch_center, "mean")
        else:
            total = image_weights.sum()
            batch_center = (image_weights[:, None] * scores).sum(0, keepdim=True)
            all_reduce(total, "sum")
            all_reduce(batch_center, "sum")
            batch_center = torch.where(total > 0, batch_center / total, self.center)
        self.center.lerp_(batch_center, 1 - self.center_momentum)

    @torch.no_grad()
    def teacher_statistics(self, targets: Tensor, pooled: Tensor) -> dict[str, Tensor]:
        """Statistics that show whether the teacher has collapsed.

        Args:
            targets: Target probabilities of the teacher's views, (..., K).
            pooled: Pooled features (n, C) of the teacher.

        Returns:
            `teacher_entropy`: mean entropy of a target in nats, between 0 (one
            prototype) and ln K (uniform). `feature_std`: standard deviation over images
            of the l2-normalized feature, mean over channels; 0 if all features are
            equal.
        """
        entropy = torch.special.entr(targets).sum(-1)
        unit = F.normalize(pooled.float(), dim=-1)
        return {
            "teacher_entropy": entropy.mean(),
            "feature_std": unit.std(0, correction=0).mean(),
        }
