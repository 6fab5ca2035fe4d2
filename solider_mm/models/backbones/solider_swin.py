"""The λ-conditioned Swin of SOLIDER, one for every host."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from solider_mm.checkpoints.swin_state import adapt_state_dict
from solider_mm.functional.parameter_copies import ParameterCopies
from solider_mm.functional.semantic_weight import check_semantic_weight
from solider_mm.models.backbones.packed_forward import forward_packed
from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.models.layers import (
    PatchEmbed,
    SemanticController,
    SwinStage,
    TokensToMap,
    keep_released_names,
)
from solider_mm.registry import MODELS

__all__ = ["SOLIDERSwin", "check_options"]


@MODELS.register_module()
class SOLIDERSwin(BaseModule):
    """Swin whose features move from appearance (λ = 0) to semantics (λ = 1).

    After each stage's merging a semantic controller scales and shifts the map by λ. A
    stage's output is taken before that, so the first map does not depend on λ and the
    last stage needs no controller: it is left out, as is everything else that cannot
    reach an output (norms outside `out_indices`, stages after the last one). The files
    hold those weights all the same; loading drops them.

    Args:
        arch: 'nano', 'mini' (both of three stages), 'tiny', 'small' or 'base', or a
            dict of embed_dims, depths, num_heads.
        window_size: Side of an attention window, in tokens; None takes that of the
            arch: 4 for nano, 8 for mini, else 7.
        patch_size: Side of a patch, in pixels.
        strides: Stride of the patches, then of the merging before each later stage (1
            or 2); None takes those of the arch: (4, 2, 1) for nano and mini, else
            (4, 2, 2, …).
        out_indices: Stages whose maps are returned, in rising order; None returns the
            last one.
        drop_path_rate: Drop rate of the last block; it rises linearly from 0.
        frozen_stages: -1 freezes nothing, 0 the patch embedding, k also the first k
            stages and their norms. Controllers are frozen by `frozen_semantic` alone.
        with_cp: Whether to recompute the blocks in the backward pass to save memory.
        semantic_weight: λ for calls that give none.
        frozen_semantic: Whether the controllers are frozen (as in re-identification).
        in_channels: Number of channels of the images.
        init_cfg: mmengine's; `dict(type='Pretrained', checkpoint=FILE)` reads every
            layout that `solider_mm.checkpoints` knows and finds the prefix by itself.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        The authors' `swin_transformer.py`; docs/reference.md §2.1, §2.2, §3.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        arch: str | Mapping[str, Any] = "tiny",
        window_size: int | None = None,
        patch_size: int = 4,
        strides: Sequence[int] | None = None,
        out_indices: Sequence[int] | None = None,
        drop_path_rate: float = 0.1,
        frozen_stages: int = -1,
        with_cp: bool = False,
        semantic_weight: float | None = None,
        frozen_semantic: bool = False,
        in_channels: int = 3,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.arch = SwinArch.of(arch)
        window_size = self.arch.window_size if window_size is None else window_size
        strides = self.arch.strides if strides is None else tuple(strides)
        last = len(self.arch.depths) - 1
        self.out_indices = (last,) if out_indices is None else tuple(out_indices)
        check_options(self.arch, window_size, strides, drop_path_rate)
        self._check_stages(frozen_stages)
        if semantic_weight is not None:
            semantic_weight = check_semantic_weight(semantic_weight)
        self.semantic_weight = semantic_weight
        self.embed_dims = self.arch.embed_dims
        self.num_features = self.arch.num_features
        self.frozen_stages = frozen_stages
        self.frozen_semantic = frozen_semantic

        last = self.out_indices[-1]
        self.patch_embed = PatchEmbed(
            in_channels, self.embed_dims, patch_size, strides[0]
        )
        drop_paths = self.arch.drop_paths(drop_path_rate)
        self.stages = nn.ModuleList(
            SwinStage(
                self.num_features[i],
                self.arch.num_heads[i],
                window_size,
                drop_paths[i],
                merge_stride=strides[i + 1] if i < last else None,
                with_cp=with_cp,
            )
            for i in range(last + 1)
        )
        self.controller = SemanticController(
            {i: self.num_features[i + 1] for i in range(last)}
        )
        keep_released_names(self)
        self.linear_copies = ParameterCopies()
        for i in self.out_indices:
            self.add_module(f"norm{i}", nn.LayerNorm(self.num_features[i]))
        self.to_map = TokensToMap()
        self._freeze()

    def forward(
        self, x: Tensor, semantic_weight: float | Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Feature maps of the stages in `out_indices`.

        Args:
            x: Normalized images (B, 3, H, W), at least one patch in size.
            semantic_weight: λ in [0, 1]: a number, or a tensor () or (B,) of any
                device and dtype, through which gradients flow. The values of a tensor
                are not checked, since reading them would stall the device. None takes
                the constructor's λ.

        Returns:
            Normalized maps (B, C_i, H_i, W_i), before their stage's modulation.

        Raises:
            ValueError: If λ is missing, outside [0, 1] or of the wrong length, or the
                images are not (B, C, H, W) of at least one patch.
        """
        self._check_images(x)
        weight = self._weight_per_image(x, semantic_weight)  # (B,)
        return self._forward_semantic(*self._forward_shared(x), weight)

    def forward_weights(
        self, x: Tensor, semantic_weights: Sequence[float | Tensor]
    ) -> list[tuple[Tensor, ...]]:
        """Feature maps for several λ; what λ does not change is computed once.

        Args:
            x: Normalized images (B, 3, H, W), at least one patch in size.
            semantic_weights: Values of λ, each as in `forward`.

        Returns:
            The result of `forward` for each λ.

        Raises:
            ValueError: See `forward`.
        """
        self._check_images(x)
        weights = [self._weight_per_image(x, weight) for weight in semantic_weights]
        tokens, size = self._forward_shared(x)
        return [self._forward_semantic(tokens, size, weight) for weight in weights]

    def forward_sizes(
        self, images: Sequence[Tensor], semantic_weights: Sequence[Tensor]
    ) -> list[Tensor]:
        """Last maps of images of several sizes, in one pass; see `forward_packed`.

        Args:
            images: Normalized images of each size, (B_i, 3, H_i, W_i).
            semantic_weights: λ of the images of each size, (B_i,).

        Returns:
            Normalized maps of each size, (B_i, C, h_i, w_i).
        """
        for some in images:
            self._check_images(some)
        return forward_packed(self, images, semantic_weights)

    def _forward_shared(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Patch embedding and first stage, which λ does not reach."""
        tokens, size = self.patch_embed(x)  # (B, L, C)
        return self.stages[0](tokens, size), size

    def _forward_semantic(
        self, tokens: Tensor, size: tuple[int, int], weight: Tensor
    ) -> tuple[Tensor, ...]:
        """The maps, from the tokens of the first stage on."""
        maps = []
        for i, stage in enumerate(cast("Iterable[SwinStage]", self.stages)):
            if i > 0:
                tokens = stage(tokens, size)
            if i in self.out_indices:
                normed = getattr(self, f"norm{i}")(tokens)
                maps.append(self.to_map(normed, size))
            if stage.downsample is not None:
                tokens, size = stage.downsample(tokens, size)
                tokens = self.controller(tokens, weight, i)
        return tuple(maps)

    def train(self, mode: bool = True) -> "SOLIDERSwin":
        """Switch the mode; frozen stages stay in evaluation."""
        super().train(mode)
        self._freeze()
        return self

    def init_weights(self) -> None:
        """Apply `init_cfg`, a checkpoint last; without one the weights are ready.

        Raises:
            FileNotFoundError: If the checkpoint is not there.
            ValueError: If it does not fit this model.
        """
        if self.is_init:
            super().init_weights()  # warns
            return
        # Only a model that loads needs to know about files.
        from solider_mm.checkpoints import apply_init_cfg, load_backbone  # noqa: PLC0415

        apply_init_cfg(self, lambda path: load_backbone(self, path))
        self._is_init = True

    @classmethod
    def from_pretrained(cls, source: str | Path, **options: Any) -> "SOLIDERSwin":
        """Build a backbone with the weights of a file, folder, name or hub address.

        Args:
            source: `hf://owner/name`, a folder that `save_pretrained` wrote, the name
                of a named model, `"embedded"`, or a file of any known format.
            **options: Arguments of the constructor that replace the stored ones.

        Returns:
            The backbone in evaluation mode.

        Raises:
            ValueError: If it holds no Swin, or one without semantic controllers.
            FileNotFoundError: If there is no such file or folder.
            ImportError: If the extra `[hub]` is needed and missing.
        """
        from solider_mm.models.backbones import pretrained  # noqa: PLC0415  as above

        model: SOLIDERSwin = pretrained.load_pretrained(cls, source, **options)
        return model

    def save_pretrained(
        self, folder: str | Path, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Write weights, constructor arguments and a model card for the hub.

        Args:
            folder: Folder to create.
            facts: What the card says, under the names of the metafiles, for example
                `find_model(name).metadata`.

        Raises:
            FileExistsError: If the folder exists and is not empty.
            ImportError: If the extra `[hub]` is missing.
        """
        from solider_mm.models.backbones import pretrained  # noqa: PLC0415  as above

        pretrained.save_pretrained(self, folder, facts or {})

    def _check_stages(self, frozen_stages: int) -> None:
        """Refuse stages to return or to freeze that the architecture does not have."""
        count = len(self.arch.depths)
        known = sorted(set(self.out_indices) & set(range(count)))
        if not known or self.out_indices != tuple(known):
            raise ValueError(
                f"out_indices={self.out_indices}: expected rising stage numbers from 0 "
                f"to {count - 1}"
            )
        if not -1 <= frozen_stages <= count:
            raise ValueError(
                f"frozen_stages={frozen_stages}: expected -1 (none) to {count}"
            )

    def _check_images(self, x: Tensor) -> None:
        patch = self.patch_embed.patch_size
        # The size of an export may be a symbol, which is not compared.
        sides = [side for side in x.shape[-2:] if isinstance(side, int)]
        if x.ndim != 4 or any(side < patch for side in sides):
            raise ValueError(
                f"images of shape {tuple(x.shape)} cannot be embedded: expected "
                f"(B, C, H, W) with H and W of at least one patch, {patch} pixels; "
                "resize or pad them"
            )

    def _weight_per_image(
        self, x: Tensor, semantic_weight: float | Tensor | None
    ) -> Tensor:
        """λ as (B,) on the device of the images."""
        weight = self.semantic_weight if semantic_weight is None else semantic_weight
        if weight is None:
            raise ValueError(
                "no semantic_weight (λ) was given: pass a number in [0, 1] to the "
                "call, or set semantic_weight in the backbone's config"
            )
        if not isinstance(weight, Tensor):
            return torch.full(
                (x.shape[0],), check_semantic_weight(weight), device=x.device
            )
        if weight.ndim and weight.shape != x.shape[:1]:
            raise ValueError(
                f"semantic_weight has shape {tuple(weight.shape)}, but the batch holds "
                f"{x.shape[0]} images: pass one number, or a tensor ({x.shape[0]},)"
            )
        return weight.to(x.device).expand(x.shape[0])

    def _freeze(self) -> None:
        frozen: list[nn.Module] = []
        if self.frozen_stages >= 0:
            frozen.append(self.patch_embed)
        for i in range(min(self.frozen_stages, len(self.stages))):
            frozen.append(self.stages[i])
            if i in self.out_indices:
                frozen.append(getattr(self, f"norm{i}"))
        if self.frozen_semantic:
            frozen.append(self.controller)
        for module in frozen:
            module.eval().requires_grad_(False)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Drop what cannot reach an output and fit tables of another window."""
        adapt_state_dict(state_dict, self.state_dict(), prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def check_options(
    arch: SwinArch, window_size: int, strides: Sequence[int], drop_path_rate: float
) -> None:
    """Refuse options of the stages that do not fit an architecture.

    Args:
        arch: Sizes of the Swin.
        window_size: Side of a window, in tokens.
        strides: Stride of the patches and of each merging.
        drop_path_rate: Drop rate of the last block.

    Raises:
        ValueError: If one is outside its range.
    """
    count = len(arch.depths)
    merges = set(strides[1:]) <= {1, 2}
    if window_size < 1:
        raise ValueError(f"window_size={window_size}: expected at least 1")
    if len(strides) != count or strides[0] < 1 or not merges:
        raise ValueError(
            f"strides={tuple(strides)}: expected {count} numbers, the stride of the "
            "patches and then 1 or 2 for each merging"
        )
    if not 0 <= drop_path_rate < 1:
        raise ValueError(
            f"drop_path_rate={drop_path_rate}: expected a number in [0, 1)"
        )
