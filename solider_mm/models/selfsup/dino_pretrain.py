"""DINO with a λ-conditioned backbone: the first stage of SOLIDER's recipe."""

from copy import deepcopy
from typing import Any

import torch
from mmpretrain.models.selfsup import BaseSelfSupervisor
from torch import Tensor, nn

from solider_mm.functional.semantic_weight import check_semantic_weight
from solider_mm.models.selfsup.multi_crop import encode_views, pool
from solider_mm.registry import MODELS


@MODELS.register_module()
class DINOPretrain(BaseSelfSupervisor):
    """Self-distillation: a student's views predict a teacher's global views.

    The teacher is a copy of backbone and neck without gradients. Only `update_teacher`
    changes it, which `TeacherUpdateHook` calls after each step of the optimizer.

    Args:
        backbone: Config of the λ-Swin.
        neck: Config of `DINOPretrainNeck`.
        head: Config of `DINOPretrainHead`.
        semantic_weight: λ of every image; 0 in the official first stage.
        num_global_views: Number of global views, the first ones, which the teacher
            sees.
        target_generator: Config of the module that makes semantic labels; used by
            `SOLIDER`.
        data_preprocessor: Config of the module that normalizes every view; its type is
            mmpretrain's `SelfSupDataPreprocessor` by default.
        init_cfg: Initialization config of mmengine's `BaseModule`.

    Raises:
        ValueError: If `semantic_weight` is outside [0, 1] or `num_global_views` < 1.

    Source:
        Paper §3 "DINO"; docs/reference.md §2.6.
    """

    def __init__(
        self,
        *,
        backbone: dict[str, Any],
        neck: dict[str, Any],
        head: dict[str, Any],
        semantic_weight: float = 0.0,
        num_global_views: int = 2,
        target_generator: dict[str, Any] | None = None,
        data_preprocessor: dict[str, Any] | None = None,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            backbone=backbone,
            neck=neck,
            head=head,
            target_generator=target_generator,
            data_preprocessor={
                "type": "mmpretrain.SelfSupDataPreprocessor",
                "non_blocking": True,
                **(data_preprocessor or {}),
            },
            init_cfg=init_cfg,
        )
        if num_global_views < 1:
            raise ValueError(
                f"num_global_views={num_global_views}: the teacher needs at least 1."
            )
        self.semantic_weight = check_semantic_weight(semantic_weight)
        self.num_global_views = num_global_views
        self.teacher = nn.ModuleDict(
            {"backbone": deepcopy(self.backbone), "neck": deepcopy(self.neck)}
        )
        self.teacher.requires_grad_(False)
        self.train()

    def init_weights(self) -> None:
        """Initialize the student, then copy its weights to the teacher."""
        super().init_weights()
        for name, module in self.teacher.items():
            module.load_state_dict(getattr(self, name).state_dict())

    def train(self, mode: bool = True) -> "DINOPretrain":
        """Switch the mode of the student; the teacher stays in evaluation mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    @torch.no_grad()
    def update_teacher(self, momentum: float) -> None:
        """Move the teacher toward the student: t ← m·t + (1 − m)·s.

        Args:
            momentum: m in [0, 1].

        Raises:
            ValueError: If `momentum` is outside [0, 1].
        """
        if not 0.0 <= momentum <= 1.0:
            raise ValueError(f"momentum={momentum}: expected a number in [0, 1].")
        teacher: list[Tensor] = [*self.teacher.parameters()]
        student: list[Tensor] = [*self.backbone.parameters(), *self.neck.parameters()]
        torch._foreach_lerp_(teacher, student, 1.0 - momentum)

    def extract_feat(
        self, inputs: Tensor, semantic_weight: float | Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Feature maps of the teacher, the network that is released.

        Args:
            inputs: Normalized images (B, 3, H, W).
            semantic_weight: λ in [0, 1]; None takes the constructor's.

        Returns:
            Maps (B, C_i, H_i, W_i).
        """
        weight = self.semantic_weight if semantic_weight is None else semantic_weight
        return self.teacher["backbone"](inputs, weight)

    def loss(
        self, inputs: list[Tensor], data_samples: list[Any] | None = None
    ) -> dict[str, Tensor]:
        """DINO loss of one batch of views.

        Args:
            inputs: V views (B, 3, H_v, W_v), the global ones first.
            data_samples: Unused.

        Returns:
            `loss_dino` and statistics for the log.
        """
        del data_samples
        semantic_weight = inputs[0].new_full((len(inputs[0]),), self.semantic_weight)
        weights = [semantic_weight] * len(inputs)
        global_views = inputs[: self.num_global_views]
        teacher = self.encode_teacher(global_views, weights[: self.num_global_views])
        student = encode_views(self.backbone, inputs, weights)
        loss_dino, log_vars = self.dino_loss(teacher, self.project(student))
        return {"loss_dino": loss_dino, **log_vars}

    @torch.no_grad()
    def encode_teacher(
        self, views: list[Tensor], semantic_weight: list[Tensor]
    ) -> list[Tensor]:
        """Last maps of the teacher, without gradient; see `encode_views`."""
        return encode_views(self.teacher["backbone"], views, semantic_weight)

    def project(self, maps: list[Tensor]) -> Tensor:
        """Prototype scores of the student.

        Args:
            maps: Last maps of V views, (B, C, h_v, w_v) each.

        Returns:
            Scores of V views, (V, B, K).
        """
        return self.neck(pool(maps)).unflatten(0, (len(maps), -1))

    def dino_loss(
        self,
        teacher_maps: list[Tensor],
        student_scores: Tensor,
        image_weights: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """L_dino of the student's scores; the center is updated afterwards.

        Args:
            teacher_maps: Last maps of the V_g global views, (B, C, h, w) each.
            student_scores: Prototype scores of V views, (V, B, K).
            image_weights: Factor of every image's loss, (B,); None is 1.

        Returns:
            The loss, and statistics for the log.
        """
        with torch.no_grad():
            pooled = pool(teacher_maps)  # (V_g·B, C)
            teacher_scores = self.teacher["neck"](pooled)  # (V_g·B, K)
            targets = self.head.targets(teacher_scores)
            targets = targets.unflatten(0, (len(teacher_maps), -1))  # (V_g, B, K)
        loss = self.head.loss(student_scores, targets, image_weights)
        if image_weights is not None:
            image_weights = image_weights.repeat(len(teacher_maps))
        self.head.update_center(teacher_scores, image_weights)
        log_vars = self.head.teacher_statistics(targets, pooled)
        return loss, {"dino_cross_entropy": loss.detach(), **log_vars}
