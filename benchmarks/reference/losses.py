"""The reference's two losses, and the erased part."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LiteralDINOLoss", "erase_part", "semantic_loss"]


class LiteralDINOLoss:
    """L_dino pair by pair: one log-softmax for each of the 2 · (V − 1) pairs.

    Args:
        out_channels: Number of prototypes K.
        num_views: V, the two global ones first.
        device: Of the center.
        teacher_temperature: Sharpness of the teacher.

    Source:
        docs/reference.md §2.5 (7); tests/data/golden/README.md §8.
    """

    def __init__(
        self,
        out_channels: int,
        num_views: int,
        device: str | torch.device = "cpu",
        teacher_temperature: float = 0.04,
    ) -> None:
        self.num_views = num_views
        self.teacher_temperature = teacher_temperature
        self.center = torch.zeros(1, out_channels, device=device)

    def __call__(self, student_scores: Tensor, teacher_scores: Tensor) -> Tensor:
        """Mean over the pairs of different views; the center moves afterwards.

        Args:
            student_scores: (V · B, K), view after view.
            teacher_scores: (2 · B, K).

        Returns:
            Scalar.
        """
        views = (student_scores / 0.1).chunk(self.num_views)
        sharpened = (teacher_scores - self.center) / self.teacher_temperature
        targets = sharpened.softmax(-1).detach().chunk(2)
        losses = []
        for t, target in enumerate(targets):
            for v, view in enumerate(views):
                if t == v:
                    continue
                losses.append(-(target * view.log_softmax(-1)).sum(-1).mean())
        self.update_center(teacher_scores)
        return sum(losses[1:], losses[0]) / len(losses)

    @torch.no_grad()
    def update_center(self, teacher_scores: Tensor) -> None:
        """Keep nine tenths of the old center."""
        batch_center = teacher_scores.sum(0, keepdim=True) / len(teacher_scores)
        self.center = self.center * 0.9 + batch_center * (1 - 0.9)


def erase_part(images: Tensor, labels: Tensor, part: int) -> Tensor:
    """Set the pixels of one part to 0 in every image.

    Args:
        images: Normalized, (M, 3, H, W).
        labels: Token labels (M, h, w) on the CPU.
        part: The same for all images; one that lacks it stays whole.

    Returns:
        (M, 3, H, W).

    Source:
        docs/reference.md §2.5 (4).
    """
    visible = (labels != part).float()[:, None].to(images.device)  # (M, 1, h, w)
    scale = images.shape[-1] // labels.shape[-1]
    return images * F.interpolate(visible, scale_factor=scale, mode="nearest")


def semantic_loss(
    classifier: nn.Module,
    maps: Tensor,
    labels: Tensor,
    kept: Tensor,
    semantic_weight: Tensor,
) -> Tensor:
    """L_sm: cross-entropy of every token, times λ, averaged over all tokens.

    Args:
        classifier: Tokens (n, C) → logits (n, N + 1).
        maps: Last maps of the M masked crops, then of all 2 · B global views,
            (M + 2 · B, C, h, w).
        labels: Of the kept crops, (M, h, w).
        kept: Which of the global views they are, (M,).
        semantic_weight: λ per image, (B,).

    Returns:
        Scalar; tokens of images with λ = 0 count as zeros (docs/reference.md §P16).

    Source:
        docs/reference.md §2.5 (6); tests/data/golden/README.md §10.
    """
    count = len(kept)
    pairs = torch.cat((maps[:count], maps[count:][kept]))  # (2M, C, h, w)
    tokens = pairs.flatten(2).transpose(1, 2).flatten(0, 1)  # (2M · h · w, C)
    targets = labels.flatten().repeat(2)
    weights = semantic_weight.repeat(2)[kept]  # (M,)
    weights = weights.repeat_interleave(labels[0].numel()).repeat(2)
    cross_entropy = F.cross_entropy(classifier(tokens), targets, reduction="none")
    return (cross_entropy * weights).mean()
