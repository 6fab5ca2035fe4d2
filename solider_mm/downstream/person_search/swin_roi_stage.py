"""The last stage of a λ-Swin as RoI head."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.checkpoints import apply_init_cfg, read_checkpoint
from solider_mm.checkpoints.swin_state import adapt_state_dict
from solider_mm.functional.semantic_weight import check_semantic_weight
from solider_mm.models.backbones.solider_swin import check_options
from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.models.layers import (
    PatchMerging,
    SemanticController,
    SwinStage,
    keep_released_names,
)
from solider_mm.registry import MODELS

__all__ = ["SwinRoIStage"]


class _Merging(nn.Module):
    """Patch merging under its name in the complete Swin, `downsample`."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.downsample = PatchMerging(channels, stride)


def _last_stage(arch: SwinArch) -> int:
    """Return the index of the stage that becomes the RoI head."""
    last = len(arch.depths) - 1
    if last < 1:
        raise ValueError(
            f"{arch} has one stage, expected two or more, because the last one becomes "
            "the RoI head: choose another arch"
        )
    return last


@MODELS.register_module()
class SwinRoIStage(BaseModule):
    """Patch merging, semantic controller and last stage of a λ-Swin on RoI features.

    Weights have the same names as in the complete Swin (`stages.2.downsample`,
    `semantic_embed_w.2`, `stages.3` and `norm3` for Swin-T, S and B), so released
    files load without conversion.

    Args:
        arch: Architecture, see `SOLIDERSwin`.
        window_size: Side of an attention window, in tokens; None uses the arch's.
        strides: Strides of the complete Swin, of which the last one is that of the
            merging; None uses the arch's.
        drop_path_rate: Drop path rate of the last block.
        with_cp: Whether to recompute the blocks in the backward pass to save memory.
        semantic_weight: Semantic weight λ in [0, 1].
        frozen_semantic: Whether to freeze the semantic controller.
        init_cfg: Initialization config of mmengine; `Pretrained` reads every format
            that `solider_mm.checkpoints` supports.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        docs/reference.md §6.1. The stage receives the trunk's normalized map, as in
        the released code (docs/reference.md §S2).
    """

    def __init__(
        self,
        *,
        arch: str | Mapping[str, Any] = "tiny",
        window_size: int | None = None,
        strides: Sequence[int] | None = None,
        drop_path_rate: float = 0.1,
        with_cp: bool = False,
        semantic_weight: float,
        frozen_semantic: bool = False,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.arch = SwinArch.of(arch)
        self.last = last = _last_stage(self.arch)
        window_size = self.arch.window_size if window_size is None else window_size
        strides = self.arch.strides if strides is None else tuple(strides)
        check_options(self.arch, window_size, strides, drop_path_rate)
        self.semantic_weight = check_semantic_weight(semantic_weight)
        self.in_channels = self.arch.num_features[last - 1]
        self.out_channels = self.arch.num_features[last]
        stage = SwinStage(
            self.out_channels,
            self.arch.num_heads[last],
            window_size,
            self.arch.drop_paths(drop_path_rate)[last],
            merge_stride=None,
            with_cp=with_cp,
        )
        merging = _Merging(self.in_channels, strides[last])
        self.stages = nn.ModuleDict({str(last - 1): merging, str(last): stage})
        self.controller = SemanticController({last - 1: self.out_channels})
        self.controller.requires_grad_(not frozen_semantic)
        keep_released_names(self)
        self.add_module(f"norm{last}", nn.LayerNorm(self.out_channels))

    def forward(self, regions: Tensor, semantic_weight: Tensor | None = None) -> Tensor:
        """Compute the features of regions.

        Args:
            regions: RoI features of the trunk's map, (R, C, h, w); R may be 0.
            semantic_weight: λ of each region, (R,); None uses the constructor's.

        Returns:
            Normalized maps (R, 2C, h', w').
        """
        before, last = str(self.last - 1), str(self.last)
        merging = cast(_Merging, self.stages[before])
        size = (regions.shape[2], regions.shape[3])
        if not len(regions):  # window attention needs at least one map
            half = [-(-side // merging.downsample.stride) for side in size]
            return regions.new_zeros(0, self.out_channels, *half)
        tokens = regions.flatten(2).transpose(1, 2)  # (R, h·w, C)
        tokens, size = merging.downsample(tokens, size)  # (R, h'·w', 2C)
        weight = semantic_weight
        if weight is None:
            weight = tokens.new_full((len(tokens),), self.semantic_weight)
        tokens = self.controller(tokens, weight, self.last - 1)
        tokens = self.stages[last](tokens, size)
        normed = getattr(self, f"norm{last}")(tokens)
        return normed.transpose(1, 2).unflatten(2, size)

    def init_weights(self) -> None:
        """Apply `init_cfg`; a checkpoint is loaded last.

        Raises:
            FileNotFoundError: If the checkpoint does not exist.
            ValueError: If the checkpoint does not contain this stage.
        """
        if self.is_init:
            super().init_weights()  # warns
            return
        apply_init_cfg(self, self.load_stage)
        self._is_init = True

    def load_stage(self, path: str) -> None:
        """Load this stage from a checkpoint of a complete backbone.

        Args:
            path: File path or URL.

        Raises:
            FileNotFoundError: If the file does not exist.
            ValueError: If the file does not contain this stage.
        """
        weights = dict(read_checkpoint(path).backbone)
        own = self.state_dict()
        adapt_state_dict(weights, own)
        weights = {name: value for name, value in weights.items() if name in own}
        unfit = [n for n, value in weights.items() if value.shape != own[n].shape]
        # Controllers and norms may be missing, so that a plain Swin loads too.
        unfit += [n for n in own if n.startswith("stages.") and n not in weights]
        unfit = [name for name in unfit if not name.endswith("_index")]
        if unfit:
            raise ValueError(
                f"{path} does not contain this stage: {len(unfit)} weights are missing "
                f"or have another size, the first is {unfit[0]}; set the backbone's "
                "arch accordingly, or use another file"
            )
        self.load_state_dict(weights, strict=False)
        print_log(
            f"stage {self.last} from {path}: {len(weights)} of {len(own)} tensors",
            logger="current",
        )
