"""L_sm: token classifier of blocks with FC, BatchNorm and ReLU."""

import math
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.functional.batch_norm import normalized_linear, synced_batch_norm
from solider_mm.registry import MODELS

VARIANTS = ("paper", "official", "prototypes", "directions")
DEFAULT_BLOCKS = 3


class SemanticBlock(nn.Module):
    """One block of the semantic head: a fully connected layer, BatchNorm, ReLU.

    Args:
        in_channels: Channels of a token.
        out_channels: Width of the block.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(in_channels, out_channels, bias=False)
        self.norm = nn.BatchNorm1d(out_channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """Transform tokens (T, C) into (T, C')."""
        return F.relu(synced_batch_norm(self.fc(tokens), self.norm))


class CosineClassifier(nn.Module):
    """Official classifier: an MLP, then cosines with class vectors.

    Args:
        in_channels: Channels of a token.
        num_classes: Number of classes, including the background.
        num_layers: Number of fully connected layers of the MLP.
        hidden_channels: Width between them.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_layers: int = 3,
        hidden_channels: int = 2048,
    ) -> None:
        super().__init__()
        widths = [in_channels, *[hidden_channels] * (num_layers - 1), 256]
        layers: list[nn.Module] = []
        for width, next_width in pairwise(widths):
            layers += [nn.Linear(width, next_width), nn.GELU()]
        self.mlp = nn.Sequential(*layers[:-1])
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
        self.last_layer = nn.Linear(256, num_classes, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Cosine logits (T, classes) of tokens (T, C)."""
        return normalized_linear(self.mlp(tokens), self.last_layer.weight)


class PrototypeClassifier(nn.Module):
    """Cosines with fixed class directions at equal angles, the corners of a simplex.

    Tokens of a class are pulled to one direction in all images. A trained classifier
    follows the features instead, and leaves them where they are.

    Args:
        in_channels: Channels of a token; at least as many as classes.
        num_classes: Classes, background included.
    """

    prototypes: Tensor

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        # From a generator of its own: the directions do not depend on the run's seed.
        generator = torch.Generator().manual_seed(0)
        random = torch.randn(in_channels, num_classes, generator=generator)
        corners = torch.linalg.qr(random).Q.T  # (classes, C), orthonormal
        centered = corners - corners.mean(0)
        self.register_buffer("prototypes", F.normalize(centered, dim=1))

    def forward(self, tokens: Tensor) -> Tensor:
        """Cosines (T, classes) with tokens (T, C)."""
        return F.normalize(tokens.float(), dim=-1) @ self.prototypes.T


class DirectionClassifier(nn.Module):
    """Projections on fixed orthonormal directions, one per part.

    Background has no direction: its logit is the margin that a part's projection must
    exceed. So the foreground keeps the larger magnitude, by which the clusterer finds
    it. Projections are divided by √C, the magnitude of a normalized token.

    Args:
        in_channels: Channels C of a token; at least as many as parts.
        num_classes: Classes, background included.
        margin: Logit of the background.
    """

    directions: Tensor

    def __init__(self, in_channels: int, num_classes: int, margin: float = 0.5) -> None:
        super().__init__()
        # From a generator of its own: the directions do not depend on the run's seed.
        generator = torch.Generator().manual_seed(0)
        random = torch.randn(in_channels, num_classes - 1, generator=generator)
        self.register_buffer("directions", torch.linalg.qr(random).Q.T.contiguous())
        self.scale = in_channels**-0.5
        self.margin = margin

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (T, classes) of tokens (T, C)."""
        projected = tokens.float() @ self.directions.T * self.scale
        return F.pad(projected, (1, 0), value=self.margin)


@MODELS.register_module()
class SemanticHead(BaseModule):
    """Classify the semantic label of every token.

    Args:
        in_channels: Channels C of the feature map.
        num_parts: Number N of parts; the classes are background and N parts.
        num_blocks: Number of blocks of FC, BatchNorm and ReLU, 1…6; layers of the MLP
            of the 'official' variant.
        hidden_channels: Width of the blocks; None takes `in_channels`, or 2048 for the
            'official' variant.
        variant: 'paper' is trained with the backbone; 'official' is the official code's
            cosine classifier, which stays at its random initialization (deviation 1);
            'prototypes' and 'directions' compare tokens with fixed directions, of all
            classes or of the parts (deviation 59).
        temperature: Divisor of the logits.
        init_cfg: Initialization config of mmengine's `BaseModule`.

    Raises:
        ValueError: If `variant`, `num_blocks` or `num_parts` is out of range, or a
            variant without layers gets their number or width.

    Source:
        Paper §1 of the supplementary (three blocks); Algorithm 1, line 16.
    """

    def __init__(
        self,
        *,
        in_channels: int,
        num_parts: int = 3,
        num_blocks: int = DEFAULT_BLOCKS,
        hidden_channels: int | None = None,
        variant: str = "paper",
        temperature: float = 1.0,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if variant not in VARIANTS:
            raise ValueError(f"variant={variant!r} is unknown: use one of {VARIANTS}.")
        if not 1 <= num_blocks <= 6:
            raise ValueError(f"num_blocks={num_blocks}: the paper's range is 1…6.")
        if not 1 <= num_parts <= 8:
            raise ValueError(f"num_parts={num_parts}: expected a number in 1…8.")
        if temperature <= 0:
            raise ValueError(f"temperature={temperature}: expected a number above 0.")
        self.num_parts = num_parts
        self.temperature = temperature
        num_classes = num_parts + 1
        if variant == "official":
            self.classifier: nn.Module = CosineClassifier(
                in_channels, num_classes, num_blocks, hidden_channels or 2048
            )
            self.classifier.requires_grad_(False)
            return
        if variant in ("prototypes", "directions"):
            if num_blocks != DEFAULT_BLOCKS or hidden_channels is not None:
                raise ValueError(
                    f"num_blocks={num_blocks}, hidden_channels={hidden_channels} with "
                    f"variant={variant!r}, which has no layers: leave both out, or use "
                    "variant='paper' or 'official'."
                )
            fixed = {
                "prototypes": PrototypeClassifier,
                "directions": DirectionClassifier,
            }
            self.classifier = fixed[variant](in_channels, num_classes)
            return
        width = hidden_channels or in_channels
        widths = [in_channels, *[width] * num_blocks]
        blocks = map(SemanticBlock, widths[:-1], widths[1:])
        self.classifier = nn.Sequential(*blocks, nn.Linear(width, num_classes))

    def forward(self, features: Tensor) -> Tensor:
        """Classify tokens.

        Args:
            features: Maps (M, C, H, W); M may be 0.

        Returns:
            Logits (M, H, W, N + 1).
        """
        tokens = features.permute(0, 2, 3, 1)  # (M, H, W, C)
        logits = self.classifier(tokens.flatten(0, 2)) / self.temperature
        return logits.view(*tokens.shape[:3], logits.shape[-1])

    def loss(
        self,
        features: Tensor,
        semantic_labels: Tensor,
        semantic_weight: Tensor,
        num_images: int | Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Cross-entropy of every token, weighted by the λ of its image.

        Args:
            features: Student maps (M, C, H, W); M = 0 gives a zero that is attached
                to the graph.
            semantic_labels: Semantic labels (M, H, W) int64, 0 background, 1…N parts.
            semantic_weight: λ of each map (M,).
            num_images: Divisor of the sum over maps; None takes M.

        Returns:
            The loss, and the unweighted mean cross-entropy for the log (detached;
            ln(N + 1) at chance).

        Source:
            Algorithm 1, lines 16–17; deviation 6 on the mean.
        """
        logits = self(features).float().flatten(0, 2)  # (M·H·W, N + 1)
        labels = semantic_labels.flatten()  # (M·H·W,)
        cross_entropy = F.cross_entropy(logits, labels, reduction="none")
        per_map = cross_entropy.view(semantic_labels.shape).mean((1, 2))  # (M,)
        count = len(features) if num_images is None else num_images
        if not isinstance(count, Tensor):
            count = max(count, 1)
        loss = (semantic_weight * per_map).sum() / count
        return loss, per_map.detach().sum() / max(len(features), 1)

    @torch.no_grad()
    def part_balance(self, semantic_labels: Tensor) -> Tensor:
        """Balance of the part sizes.

        Args:
            semantic_labels: Semantic labels (M, H, W).

        Returns:
            Entropy of the part frequencies over ln N, 0…1; 0 for N = 1 or no token.
        """
        parts = torch.arange(1, self.num_parts + 1, device=semantic_labels.device)
        # bincount would make the host wait for the largest label.
        counts = (semantic_labels.flatten() == parts[:, None]).sum(1).float()  # (N,)
        shares = counts / counts.sum().clamp(min=1)
        return torch.special.entr(shares).sum() / math.log(max(self.num_parts, 2))
