"""SOLIDER: self-distillation plus semantic supervision, Algorithm 1 of the paper."""

from copy import deepcopy
from typing import Any

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from solider_mm.functional.device_copy import copy_to_device
from solider_mm.functional.part_masking import mask_part, pick_part
from solider_mm.functional.semantic_weight import SAMPLINGS, sample_semantic_weight
from solider_mm.models.selfsup.dino_pretrain import DINOPretrain
from solider_mm.models.selfsup.multi_crop import encode_views
from solider_mm.registry import MODELS

MEANS = ("images", "kept")
LABEL_SOURCES = ("teacher", "start")


def kept_indices(kept: Tensor) -> Tensor:
    """Indices of the kept images.

    The host waits for the device here only: it must know how many are kept.

    Args:
        kept: Flag of each image (B,).

    Returns:
        Indices (M,) of the true flags.
    """
    return kept.nonzero().flatten()


@MODELS.register_module()
class SOLIDER(DINOPretrain):
    """Semantic controllable self-supervised learning.

    Args:
        semantic_head: Config of `SemanticHead`.
        target_generator: Config of `SemanticClusterer`.
        alpha: Weight α of L_dino, in [0, 1]; L_sm has 1 − α.
        dino_discount: Share d, in [0, 1], by which an image's L_dino is reduced at
            λ = 1: its factor is 1 − d·λ. 0 is the paper's loss; with 1 images of
            λ = 1 learn semantics only (deviation 59).
        semantic_weight_sampling: 'binary' samples λ from {0, 1} (paper), 'uniform'
            from [0, 1).
        mask_parts: Whether to classify images with one part masked out, too (MIM in
            Table 1).
        semantic_mean: Images over which L_sm is averaged: 'images' for all global
            views of the batch (Algorithm 1), 'kept' for those with semantic labels
            (official code, deviation 6; needs lean=False).
        lean: Whether to leave out what λ = 0 would multiply by zero. False computes
            every line of the algorithm for every image; the gradients are the same.
        **kwargs: Arguments of `DINOPretrain`.

    Raises:
        ValueError: If an argument is none of the above, or if the target generator and
            the semantic head differ in num_parts.

    Source:
        Algorithm 1; docs/algorithm.md maps its lines to the code.
    """

    def __init__(  # noqa: PLR0913  (every switch of the recipe)
        self,
        *,
        semantic_head: dict[str, Any],
        target_generator: dict[str, Any],
        alpha: float = 0.5,
        dino_discount: float = 0.0,
        semantic_weight_sampling: str = "binary",
        mask_parts: bool = True,
        semantic_mean: str = "images",
        label_source: str = "teacher",
        lean: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(target_generator=target_generator, **kwargs)
        if not 0.0 <= alpha <= 1.0:
            raise ValueError(f"alpha={alpha}: expected a number in [0, 1].")
        if not 0.0 <= dino_discount <= 1.0:
            raise ValueError(
                f"dino_discount={dino_discount}: expected a number in [0, 1]; 0 is "
                "the paper's loss."
            )
        if semantic_weight_sampling not in SAMPLINGS:
            raise ValueError(
                f"semantic_weight_sampling={semantic_weight_sampling!r} is unknown: "
                f"use one of {SAMPLINGS}."
            )
        if semantic_mean not in MEANS:
            raise ValueError(
                f"semantic_mean={semantic_mean!r} is unknown: use one of {MEANS}."
            )
        if semantic_mean == "kept" and lean:
            raise ValueError(
                "semantic_mean='kept' counts images that the lean path never clusters: "
                "set lean=False with it, or use semantic_mean='images'."
            )
        if label_source not in LABEL_SOURCES:
            raise ValueError(
                f"label_source={label_source!r} is unknown: use one of {LABEL_SOURCES}."
            )
        self.semantic_head = MODELS.build(semantic_head)
        self._check_num_parts()
        self.alpha = alpha
        self.dino_discount = dino_discount
        self.semantic_weight_sampling = semantic_weight_sampling
        self.mask_parts = mask_parts
        self.semantic_mean = semantic_mean
        self.label_source = label_source
        if label_source == "start":
            self.labeler = deepcopy(self.backbone).requires_grad_(False)
            self.train()
        self.lean = lean

    def loss(
        self, inputs: list[Tensor], data_samples: list[Any] | None = None
    ) -> dict[str, Tensor]:
        """Algorithm 1 for one batch; the comments give its line numbers.

        Args:
            inputs: V views (B, 3, H_v, W_v), the global ones first.
            data_samples: Unused.

        Returns:
            `loss_dino` and `loss_semantic`, which add up to the total loss, and
            statistics for the log.
        """
        del data_samples
        global_views = inputs[: self.num_global_views]
        images = torch.cat(global_views)  # (2B, 3, H, W)

        # 3: a λ for every image, shared by all its views
        semantic_weight_cpu = sample_semantic_weight(
            len(inputs[0]), self.semantic_weight_sampling
        )
        semantic_weight = copy_to_device(semantic_weight_cpu, images.device)  # (B,)
        weights = [semantic_weight] * len(inputs)

        # 4: F_t(x, λ), for the DINO loss
        teacher_maps = self.encode_teacher(global_views, weights[: len(global_views)])

        # 6-10: F_t(x, 1) and the semantic labels y of its tokens
        labeled_idx, semantic_labels, log_vars = self.label_parts(
            images, teacher_maps, semantic_weight_cpu
        )
        labeled_weight = semantic_weight.repeat(len(global_views))[labeled_idx]  # (M,)

        # 12: x̃, one semantic part masked out
        masked = self.mask_random_part(images, labeled_idx, semantic_labels)

        # 13: F_s(x̃, λ) and F_s(x, λ)
        masked_maps, *student_maps = encode_views(
            self.backbone,
            [masked, *inputs],
            [labeled_weight[: len(masked)], *weights],
        )

        # 14: L_dino(F_t(x, λ), F_s(x, λ))
        student_scores = self.project(student_maps)
        image_weights = (
            1 - self.dino_discount * semantic_weight if self.dino_discount else None
        )  # (B,), deviation 59
        loss_dino, dino_log_vars = self.dino_loss(
            teacher_maps, student_scores, image_weights
        )

        # 16: L_sm(F_s(x̃, λ), y) and L_sm(F_s(x, λ), y)
        global_maps = torch.cat(student_maps[: len(global_views)])
        labeled_maps = global_maps[labeled_idx]  # (M, C, h, w)
        loss_semantic, semantic_log_vars = self.semantic_loss(
            masked_maps, labeled_maps, semantic_labels, labeled_weight, len(images)
        )

        # 17: L = α L_dino + λ (1 − α) L_sm
        return {
            "loss_dino": self.alpha * loss_dino,
            "loss_semantic": (1 - self.alpha) * loss_semantic,
            "semantic_weight_mean": semantic_weight.mean(),
            **log_vars,
            **dino_log_vars,
            **semantic_log_vars,
        }

    def train(self, mode: bool = True) -> "SOLIDER":
        """Switch the student's mode; teacher and labeler always evaluate."""
        super().train(mode)
        if hasattr(self, "labeler"):
            self.labeler.eval()
        return self

    def init_weights(self) -> None:
        """Initialize the student; teacher and labeler start as its equals."""
        super().init_weights()
        if hasattr(self, "labeler"):
            self.labeler.load_state_dict(self.backbone.state_dict())

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Let the teacher of an earlier stage be the labeler of this one."""
        if hasattr(self, "labeler"):
            source, target = f"{prefix}teacher.backbone.", f"{prefix}labeler."
            for name in [name for name in state_dict if name.startswith(source)]:
                copied = name.replace(source, target, 1)
                state_dict.setdefault(copied, state_dict[name])
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    @property
    def _labeling_backbone(self) -> nn.Module:
        if self.label_source == "start":
            return self.labeler
        return self.teacher["backbone"]

    @torch.no_grad()
    def label_parts(
        self, images: Tensor, teacher_maps: list[Tensor], semantic_weight_cpu: Tensor
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Semantic labels from the teacher's maps at λ = 1, lines 6-10.

        F_t(x, 1) is already known where λ = 1, and not needed where λ = 0: the lean
        path runs the teacher again only where 0 < λ < 1.

        Args:
            images: All global views, view after view, (V_g·B, 3, H, W).
            teacher_maps: F_t(x, λ) of V_g global views, (B, C, h, w) each.
            semantic_weight_cpu: λ of each image (B,), on the CPU.

        Returns:
            Indices (M,) of the images with labels, their semantic labels (M, h, w), and
            statistics for the log.
        """
        view_weights = semantic_weight_cpu.repeat(len(teacher_maps))  # (V_g·B,)
        lean = self.lean
        active = view_weights > 0 if lean else torch.ones_like(view_weights).bool()
        reusable = lean and self.label_source == "teacher"
        again = active & (view_weights < 1) if reusable else active
        maps = torch.cat(teacher_maps)  # (V_g·B, C, h, w)
        if again.any():
            again_idx = copy_to_device(again.nonzero().flatten(), images.device)
            again_maps = self._labeling_backbone(images[again_idx], 1.0)[-1]
            maps[again_idx] = again_maps.to(maps)
        active_idx = copy_to_device(active.nonzero().flatten(), images.device)  # (A,)
        semantic_labels, kept = self.target_generator(maps[active_idx])  # (A, h, w)
        kept_idx = kept_indices(kept)  # (M,)
        semantic_labels = semantic_labels[kept_idx]
        log_vars = {
            "kept_fraction": kept.sum() / max(len(kept), 1),
            "part_balance": self.semantic_head.part_balance(semantic_labels),
        }
        return active_idx[kept_idx], semantic_labels, log_vars

    def mask_random_part(
        self, images: Tensor, labeled_idx: Tensor, semantic_labels: Tensor
    ) -> Tensor:
        """x̃: the labeled images, each with one random part masked out, line 12.

        Args:
            images: All global views (V_g·B, 3, H, W).
            labeled_idx: Indices (M,) of the images with labels.
            semantic_labels: Semantic labels (M, h, w).

        Returns:
            Images (M, 3, H, W), or (0, 3, H, W) with mask_parts=False.
        """
        if not self.mask_parts:
            return images[:0]
        # Sampled for every view, so that the lean and the literal path mask the same.
        score = torch.rand(len(images), self.semantic_head.num_parts)  # (V_g·B, N)
        score = copy_to_device(score, labeled_idx.device)[labeled_idx]  # (M, N)
        part = pick_part(semantic_labels, score)  # (M,)
        return mask_part(images[labeled_idx], semantic_labels, part)

    def semantic_loss(
        self,
        masked_maps: Tensor,
        labeled_maps: Tensor,
        semantic_labels: Tensor,
        labeled_weight: Tensor,
        num_views: int,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """L_sm of the labeled views and of their masked copies, line 16.

        Args:
            masked_maps: F_s(x̃, λ) of the labeled views, (M, C, h, w), or (0, C, h, w).
            labeled_maps: F_s(x, λ) of the labeled views, (M, C, h, w).
            semantic_labels: Semantic labels (M, h, w).
            labeled_weight: λ of the labeled views, (M,).
            num_views: Number of global views in the batch, V_g·B.

        Returns:
            The loss, and statistics for the log.
        """
        copies = 2 if self.mask_parts else 1
        count: int | Tensor = num_views * copies
        if self.semantic_mean == "kept":
            count = labeled_weight.new_tensor(float(len(labeled_maps) * copies))
            all_reduce(count, "mean")
            count = count.clamp(min=1)
        features = torch.cat([masked_maps, labeled_maps])
        labels = semantic_labels.repeat(copies, 1, 1)
        weights = labeled_weight.repeat(copies)
        if not self.lean:
            # A loss times zero still moves batch statistics; leave those images out.
            counted = weights > 0
            features, labels, weights = (
                values[counted] for values in (features, labels, weights)
            )
        loss, cross_entropy = self.semantic_head.loss(features, labels, weights, count)
        return loss, {"semantic_cross_entropy": cross_entropy}

    def _check_num_parts(self) -> None:
        """Refuse labels that the semantic head has no class for, and the reverse."""
        generated, classified = (
            getattr(module, "num_parts", None)
            for module in (self.target_generator, self.semantic_head)
        )
        if generated is not None and generated != classified:
            raise ValueError(
                f"target_generator.num_parts={generated} and semantic_head.num_parts="
                f"{classified} differ: set both to the same number of parts."
            )
