"""A λ-Swin with the interface of timm's models."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from timm.layers.classifier import ClassifierHead

# timm exports these nowhere else; its own models import them so.
from timm.models._features import FeatureGetterNet, feature_take_indices
from torch import Tensor, nn

from solider_mm.models.backbones.solider_swin import SOLIDERSwin
from solider_mm.models.backbones.swin_arch import SwinArch

__all__ = ["SOLIDERSwinClassifier", "SemanticFeatures"]

Weight = float | Tensor | None


class SOLIDERSwinClassifier(nn.Module):
    """A λ-Swin with timm's interface: pooled last map, linear classifier.

    Args:
        arch: Name of the architecture.
        num_classes: Number of classes; 0 leaves the classifier out.
        in_chans: Number of channels of the images.
        global_pool: `"avg"`, or `""` for maps.
        drop_rate: Dropout before the classifier.
        semantic_weight: λ for calls that give none.
        **options: Arguments of `SOLIDERSwin`.
    """

    def __init__(
        self,
        arch: str = "tiny",
        num_classes: int = 1000,
        in_chans: int = 3,
        global_pool: str = "avg",
        drop_rate: float = 0.0,
        semantic_weight: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        sizes = SwinArch.of(arch)
        channels = sizes.num_features
        self.num_classes = num_classes
        self.num_features = self.head_hidden_size = channels[-1]
        self.feature_info = [
            {
                "num_chs": width,
                "reduction": prod(sizes.strides[: i + 1]),
                "module": f"backbone.stages.{i}",
            }
            for i, width in enumerate(channels)
        ]
        self.backbone = SOLIDERSwin(
            arch=arch,
            in_channels=in_chans,
            out_indices=range(len(channels)),
            semantic_weight=semantic_weight,
            **options,
        )
        self.head = ClassifierHead(
            channels[-1], num_classes, pool_type=global_pool, drop_rate=drop_rate
        )

    def forward(self, x: Tensor, semantic_weight: Weight = None) -> Tensor:
        """Classify normalized images.

        Args:
            x: Images (B, 3, H, W).
            semantic_weight: λ, see `SOLIDERSwin.forward`.

        Returns:
            Logits (B, num_classes); pooled features (B, C) without a classifier.
        """
        return self.forward_head(self.forward_features(x, semantic_weight))

    def forward_features(self, x: Tensor, semantic_weight: Weight = None) -> Tensor:
        """Last map (B, C, h, w)."""
        return self.backbone(x, semantic_weight)[-1]

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Logits of a last map (B, C, h, w); with `pre_logits` the pooled features."""
        logits: Tensor = self.head(x, pre_logits=pre_logits)
        return logits

    def forward_intermediates(
        self,
        x: Tensor,
        indices: int | Sequence[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: str = "NCHW",
        intermediates_only: bool = False,
        semantic_weight: Weight = None,
    ) -> Any:
        """Maps of stages, as timm's models return them.

        Args:
            x: Images (B, 3, H, W).
            indices: Stages; a number takes the last ones, None all.
            norm: Ignored: every map is normalized.
            stop_early: Ignored: the last map is a part of the result.
            output_fmt: `"NCHW"` only.
            intermediates_only: Whether the last map is left out of the result.
            semantic_weight: λ, see `SOLIDERSwin.forward`.

        Returns:
            The last map and the list of maps; or the list.

        Raises:
            ValueError: If another format is wanted.
        """
        del norm, stop_early
        if output_fmt != "NCHW":
            raise ValueError(f"output_fmt is {output_fmt!r}: expected 'NCHW'")
        wanted = list(indices) if isinstance(indices, Sequence) else indices
        taken, _ = feature_take_indices(len(self.feature_info), wanted)
        maps = self.backbone(x, semantic_weight)
        chosen = [maps[i] for i in taken]
        return chosen if intermediates_only else (maps[-1], chosen)

    def get_classifier(self) -> nn.Module:
        """The linear layer."""
        classifier: nn.Module = self.head.fc
        return classifier

    def reset_classifier(
        self, num_classes: int, global_pool: str | None = None
    ) -> None:
        """Replace the classifier."""
        self.num_classes = num_classes
        self.head.reset(num_classes, global_pool)

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Recompute the blocks in the backward pass to save memory."""
        for stage in self.backbone.stages:
            stage.with_cp = enable  # type: ignore[assignment]

    @torch.jit.ignore
    def no_weight_decay(self) -> set[str]:
        """Names of parameters without weight decay: the tables of positions."""
        names = (name for name, _ in self.named_parameters())
        return {name for name in names if "relative_position_bias_table" in name}

    @torch.jit.ignore
    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Groups of parameters for layer-wise learning rates."""
        blocks = (
            r"^backbone\.stages\.(\d+)"
            if coarse
            else [
                (r"^backbone\.stages\.(\d+)\.downsample", (0,)),
                (r"^backbone\.stages\.(\d+)\.blocks\.(\d+)", None),
                (r"^backbone\.(?:norm|controller)", (99999,)),
            ]
        )
        return {"stem": r"^backbone\.patch_embed", "blocks": blocks}


class SemanticFeatures(FeatureGetterNet):
    """timm's `features_only` model, whose call takes λ."""

    def forward(self, x: Tensor, semantic_weight: Weight = None) -> list[Tensor]:
        """Maps of the chosen stages."""
        model: Any = self.model
        maps: list[Tensor] = model.forward_intermediates(
            x,
            indices=self.out_indices,
            intermediates_only=True,
            semantic_weight=semantic_weight,
        )
        return maps
