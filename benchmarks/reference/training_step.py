"""One official training step, in parts that can be timed."""

import random
from itertools import groupby

import torch
from torch import Tensor, nn

from benchmarks.reference.clustering import label_crops
from benchmarks.reference.heads import ProjectionHead
from benchmarks.reference.losses import LiteralDINOLoss, erase_part, semantic_loss
from benchmarks.reference.optimization import adamw, clip_each, update_teacher
from benchmarks.reference.swin import LiteralSwin

__all__ = ["PARTS", "LiteralTraining", "ViewEncoder"]

PARTS = 3


class ViewEncoder(nn.Module):
    """Backbone and DINO head over views of several sizes.

    Args:
        backbone: The Swin.
        head: Its DINO head.
    """

    def __init__(self, backbone: LiteralSwin, head: ProjectionHead) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(
        self, views: list[Tensor], semantic_weight: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Run neighboring views of one size together, and the head on all features.

        Args:
            views: V tensors (B_v, 3, H_v, W_v).
            semantic_weight: λ, V tensors (B_v,).

        Returns:
            Scores (Σ B_v, K), and the last maps of the first size.
        """
        features, maps = self.encode(views, semantic_weight)
        return self.head(features), maps

    def encode(
        self, views: list[Tensor], semantic_weight: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Pooled features (Σ B_v, C) and the last maps of the first size."""
        features, last_maps = [], []
        pairs = zip(views, semantic_weight, strict=True)
        for _, group in groupby(pairs, key=lambda pair: pair[0].shape[-1]):
            images, weights = zip(*group, strict=True)
            pooled, maps = self.backbone(torch.cat(images), torch.cat(weights))
            features.append(pooled)
            last_maps.append(maps[-1])
        return torch.cat(features), last_maps[0]


class LiteralTraining:
    """Student, teacher and optimizer, and the step that changes them.

    The facts do not say whether the head runs in the teacher's first pass, whose
    unused scores; here it does not, which favors the baseline.

    Args:
        student: Trained.
        teacher: The same network without drop path; never gets a gradient.
        part_classifier: Four outputs; never trained (docs/reference.md §P1).
        num_views: V, the two global ones first.
        lr: Learning rate.
        weight_decay: Of the parameters that decay.
        half: Half precision, as in the official runs; None for float32.

    Source:
        docs/reference.md §2.5, §2.6.
    """

    def __init__(
        self,
        student: ViewEncoder,
        teacher: ViewEncoder,
        part_classifier: ProjectionHead,
        *,
        num_views: int,
        lr: float,
        weight_decay: float = 0.04,
        half: torch.dtype | None = None,
    ) -> None:
        self.student = student.train()
        self.teacher = teacher.train().requires_grad_(False)
        self.part_classifier = part_classifier
        self.device = next(student.parameters()).device
        self.half = half
        self.optimizer = adamw(student, lr, weight_decay)
        is_scaled = half is torch.float16
        self.scaler = torch.cuda.amp.GradScaler() if is_scaled else None
        prototypes = teacher.head.last_layer.out_features
        self.dino_loss = LiteralDINOLoss(prototypes, num_views, self.device)
        self.kept_share = 0.0

    def step(
        self, views: list[Tensor], semantic_weight: Tensor, momentum: float = 0.996
    ) -> dict[str, float]:
        """Train on one batch.

        Args:
            views: V normalized views, (B, 3, H_v, W_v), the two global ones first.
            semantic_weight: λ in {0, 1}, (B,).
            momentum: Of the teacher.

        Returns:
            Both losses.
        """
        dino, semantic = self.forward(views, semantic_weight)
        self.backward(dino + semantic)
        self.optimize()
        self.move_teacher(momentum)
        return {"dino": dino.item(), "semantic": semantic.item()}

    def forward(
        self, views: list[Tensor], semantic_weight: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Both losses of a batch."""
        device = self.device.type
        with torch.autocast(device, self.half, enabled=self.half is not None):
            maps = self.label_pass(views[:2])
            teacher_scores = self.target_pass(views[:2], semantic_weight)
            labels, kept = self.cluster(maps)
            masked = self.mask(views[:2], labels, kept)
            scores, maps = self.student_pass(views, masked, kept, semantic_weight)
            labels, kept = labels.to(self.device), kept.to(self.device)
            return self.losses(
                scores, teacher_scores, (maps, labels, kept, semantic_weight)
            )

    @torch.no_grad()
    def label_pass(self, global_views: list[Tensor]) -> Tensor:
        """F_t(x, 1): maps for the labels, (2B, C, h, w)."""
        ones = [torch.ones(len(view), device=self.device) for view in global_views]
        return self.teacher.encode(global_views, ones)[1]

    @torch.no_grad()
    def target_pass(
        self, global_views: list[Tensor], semantic_weight: Tensor
    ) -> Tensor:
        """F_t(x, λ): scores for the DINO loss, (2B, K)."""
        return self.teacher(global_views, [semantic_weight] * 2)[0]

    def cluster(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Labels (M, h, w) and numbers (M,) of the kept crops, both on the CPU.

        Raises:
            ValueError: If no crop is kept; the released code stops there as well.
        """
        labels, kept = label_crops(maps.float().cpu().numpy(), PARTS)
        self.kept_share = len(kept) / len(maps)
        if not len(kept):
            raise ValueError(
                "no crop has more than half of its tokens in the foreground, where the "
                "released code stops too (docs/reference.md §P4): use another batch or "
                "other weights"
            )
        return torch.from_numpy(labels), torch.from_numpy(kept)

    def mask(self, global_views: list[Tensor], labels: Tensor, kept: Tensor) -> Tensor:
        """Kept crops without one part, the same for all, (M, 3, H, W)."""
        part = random.randint(1, PARTS)
        return erase_part(torch.cat(global_views)[kept.to(self.device)], labels, part)

    def student_pass(
        self,
        views: list[Tensor],
        masked: Tensor,
        kept: Tensor,
        semantic_weight: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Scores of masked crops and all views, maps of masked crops and globals."""
        masked_weight = semantic_weight.repeat(2)[kept.to(self.device)]
        weights = [masked_weight, *[semantic_weight] * len(views)]
        return self.student([masked, *views], weights)

    def losses(
        self,
        scores: Tensor,
        teacher_scores: Tensor,
        semantic: tuple[Tensor, Tensor, Tensor, Tensor],
    ) -> tuple[Tensor, Tensor]:
        """L_dino without the masked crops, and L_sm of masked and whole ones.

        Args:
            scores: Of the student, (M + V · B, K).
            teacher_scores: (2B, K).
            semantic: Maps (M + 2B, C, h, w), labels (M, h, w), kept (M,), λ (B,).
        """
        loss_semantic = semantic_loss(self.part_classifier, *semantic)
        return self.dino_loss(scores[len(semantic[2]) :], teacher_scores), loss_semantic

    def backward(self, loss: Tensor) -> None:
        """Clear the student's gradients and compute them anew."""
        self.optimizer.zero_grad()
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()

    def optimize(self) -> None:
        """Clip tensor by tensor, then AdamW."""
        if self.scaler is not None:
            self.scaler.unscale_(self.optimizer)
        clip_each(self.student, 3.0)
        if self.scaler is None:
            self.optimizer.step()
            return
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def move_teacher(self, momentum: float) -> None:
        """Average the student into the teacher."""
        update_teacher(self.student, self.teacher, momentum)
