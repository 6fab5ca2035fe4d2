"""SOLIDER: self-distillation plus semantic supervision, Algorithm 1 of the paper."""

from typing import Any

import torch
from mmengine.dist import all_reduce
from torch import Tensor

from solider_mm.functional.device_copy import copy_to_device
from solider_mm.functional.part_masking import mask_part, pick_part
from solider_mm.functional.semantic_weight import SAMPLINGS, sample_semantic_weight
from solider_mm.models.selfsup.dino_pretrain import DINOPretrain
from solider_mm.models.selfsup.multi_crop import encode_views
from solider_mm.registry import MODELS

MEANS = ("images", "kept")


@MODELS.register_module()
class SOLIDER(DINOPretrain):
    """Semantic controllable self-supervised learning.

    Args:
        semantic_head: Config of ``SemanticHead``.
        target_generator: Config of ``SemanticClusterer``.
        alpha: α, the weight of L_dino; L_sm has 1 − α.
        semantic_weight_sampling: ``'binary'`` draws λ from {0, 1} (paper),
            ``'uniform'`` from [0, 1).
        mask_parts: Also classify images with one part erased (MIM in Table 1).
        semantic_mean: What L_sm is averaged over: ``'images'`` all global views of
            the batch (Algorithm 1), ``'kept'`` those with semantic labels (the
            authors' code, deviation 6; needs ``lean=False``).
        lean: Leave out what λ = 0 would multiply by zero. ``False`` computes every
            line of the algorithm for every image; the gradients are the same.
        **kwargs: See :class:`DINOPretrain`.

    Raises:
        ValueError: If ``alpha``, ``semantic_weight_sampling`` or ``semantic_mean`` is
            not one of the above.

    Source:
        Algorithm 1; docs/algorithm.md leads from its lines to the code.
    """

    def __init__(
        self,
        *,
        semantic_head: dict[str, Any],
        target_generator: dict[str, Any],
        alpha: float = 0.5,
        semantic_weight_sampling: str = "binary",
        mask_parts: bool = True,
        semantic_mean: str = "images",
        lean: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(target_generator=target_generator, **kwargs)
        if not 0.0 <= alpha <= 1.0:
            raise ValueError(f"alpha={alpha}: expected a number in [0, 1].")
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
        self.semantic_head = MODELS.build(semantic_head)
        self.alpha = alpha
        self.semantic_weight_sampling = semantic_weight_sampling
        self.mask_parts = mask_parts
        self.semantic_mean = semantic_mean
        self.lean = lean

    def loss(
        self, inputs: list[Tensor], data_samples: list[Any] | None = None
    ) -> dict[str, Tensor]:
        """Algorithm 1 for one batch; the comments give its line numbers.

        Args:
            inputs: V views, tensors (B, 3, H_v, W_v), the global ones first.
            data_samples: Not used.

        Returns:
            ``loss_dino`` and ``loss_semantic``, which add up to the total loss, and
            figures for the log.
        """
        del data_samples
        global_views = inputs[: self.num_global_views]
        images = torch.cat(global_views)  # (2B, 3, H, W)

        # 3: a λ for every image, shared by all its views
        drawn = sample_semantic_weight(len(inputs[0]), self.semantic_weight_sampling)
        semantic_weight = copy_to_device(drawn, images.device)  # (B,)
        weights = [semantic_weight] * len(inputs)

        # 4: F_t(x, λ), for the DINO loss
        teacher_maps = self.encode_teacher(global_views, weights[: len(global_views)])

        # 6-10: F_t(x, 1) and the semantic labels y of its tokens
        rows, semantic_labels, figures = self.label_parts(images, teacher_maps, drawn)
        row_weights = semantic_weight.repeat(len(global_views))[rows]  # (M,)

        # 12: x̃, one semantic part masked out
        masked = self.mask_random_part(images, rows, semantic_labels)

        # 13: F_s(x̃, λ) and F_s(x, λ)
        masked_maps, *student_maps = encode_views(
            self.backbone,
            [masked, *inputs],
            [row_weights[: len(masked)], *weights],
        )

        # 14: L_dino(F_t(x, λ), F_s(x, λ))
        student_scores = self.project(student_maps)
        loss_dino, dino_figures = self.dino_loss(teacher_maps, student_scores)

        # 16: L_sm(F_s(x̃, λ), y) and L_sm(F_s(x, λ), y)
        row_maps = torch.cat(student_maps[: len(global_views)])[rows]  # (M, C, h, w)
        loss_semantic, semantic_figures = self.semantic_loss(
            masked_maps, row_maps, semantic_labels, row_weights, len(images)
        )

        # 17: L = α L_dino + λ (1 − α) L_sm
        return {
            "loss_dino": self.alpha * loss_dino,
            "loss_semantic": (1 - self.alpha) * loss_semantic,
            "semantic_weight_mean": semantic_weight.mean(),
            **figures,
            **dino_figures,
            **semantic_figures,
        }

    @torch.no_grad()
    def label_parts(
        self, images: Tensor, teacher_maps: list[Tensor], drawn: Tensor
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Semantic labels from the teacher's maps at λ = 1, lines 6-10.

        F_t(x, 1) is already known where λ = 1, and not needed where λ = 0: the lean
        path asks the teacher again only where 0 < λ < 1.

        Args:
            images: All global views, view after view, (V_g·B, 3, H, W).
            teacher_maps: F_t(x, λ), V_g tensors (B, C, h, w).
            drawn: λ per image, on the CPU, (B,).

        Returns:
            Rows of ``images`` that got labels (M,), their semantic labels (M, h, w),
            and figures for the log.
        """
        view_weights = drawn.repeat(len(teacher_maps))  # (V_g·B,), on the CPU
        lean = self.lean
        active = view_weights > 0 if lean else torch.ones_like(view_weights).bool()
        again = active & (view_weights < 1) if lean else active
        maps = torch.cat(teacher_maps)  # (V_g·B, C, h, w)
        if again.any():
            rows = copy_to_device(again.nonzero().flatten(), images.device)
            maps[rows] = self.teacher["backbone"](images[rows], 1.0)[-1].to(maps)
        rows = copy_to_device(active.nonzero().flatten(), images.device)  # (A,)
        semantic_labels, kept = self.target_generator(maps[rows])  # (A, h, w), (A,)
        # The one place where the host waits: it must know how many images are kept.
        chosen = kept.nonzero().flatten()  # (M,)
        semantic_labels = semantic_labels[chosen]
        figures = {
            "kept_fraction": kept.sum() / max(len(kept), 1),
            "part_balance": self.semantic_head.part_balance(semantic_labels),
        }
        return rows[chosen], semantic_labels, figures

    def mask_random_part(
        self, images: Tensor, rows: Tensor, semantic_labels: Tensor
    ) -> Tensor:
        """x̃: the labeled images, each with one random part erased, line 12.

        Args:
            images: All global views (V_g·B, 3, H, W).
            rows: The labeled ones, (M,).
            semantic_labels: (M, h, w).

        Returns:
            Images (M, 3, H, W), or (0, 3, H, W) with ``mask_parts=False``.
        """
        if not self.mask_parts:
            return images[:0]
        # Drawn for every view, so that the lean and the literal path erase the same.
        score = torch.rand(len(images), self.semantic_head.num_parts)  # (V_g·B, N)
        score = copy_to_device(score, rows.device)[rows]  # (M, N)
        part = pick_part(semantic_labels, score)  # (M,)
        return mask_part(images[rows], semantic_labels, part)

    def semantic_loss(
        self,
        masked_maps: Tensor,
        row_maps: Tensor,
        semantic_labels: Tensor,
        row_weights: Tensor,
        num_views: int,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """L_sm of the labeled views and of their masked copies, line 16.

        Args:
            masked_maps: F_s(x̃, λ), (M, C, h, w), or none of them.
            row_maps: F_s(x, λ), (M, C, h, w).
            semantic_labels: (M, h, w).
            row_weights: λ, (M,).
            num_views: Global views in the batch, V_g·B.

        Returns:
            The loss and figures for the log.
        """
        copies = 2 if self.mask_parts else 1
        count: int | Tensor = num_views * copies
        if self.semantic_mean == "kept":
            count = row_weights.new_tensor(float(len(row_maps) * copies))
            all_reduce(count, "mean")
            count = count.clamp(min=1)
        features = torch.cat([masked_maps, row_maps])
        labels = semantic_labels.repeat(copies, 1, 1)
        weights = row_weights.repeat(copies)
        if not self.lean:
            # A loss times zero still moves batch statistics; leave those images out.
            counted = weights > 0
            features, labels, weights = (
                values[counted] for values in (features, labels, weights)
            )
        loss, cross_entropy = self.semantic_head.loss(features, labels, weights, count)
        return loss, {"semantic_cross_entropy": cross_entropy}
