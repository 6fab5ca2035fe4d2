"""Both sides of the pretraining benchmarks: our step and the baseline's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from benchmarks.reference.heads import ProjectionHead
from benchmarks.reference.swin import LiteralSwin
from benchmarks.reference.training_step import PARTS, LiteralTraining, ViewEncoder
from benchmarks.side_by_side import DTYPES
from solider_mm.checkpoints.neck_keys import neck_to_official
from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.models.selfsup import SOLIDER, DINOPretrain
from solider_mm.registry import MODELS

__all__ = [
    "OurTraining",
    "build_literal",
    "build_ours",
    "build_solider",
    "normalized",
]

CONFIGS = Path(__file__).resolve().parents[1] / "configs/_base_"
MOMENTUM = 0.996  # the recipe's first
# The first learning rate of the recipe's warm-up: weights hardly move, so that every
# round meets the same network on both sides, and keeps the same images.
WARM_UP = 1e-9

_WRAPPERS = {
    "fp32": {"type": "PretrainOptimWrapper"},
    "bf16": {"type": "PretrainOptimWrapper", "dtype": "bfloat16"},
    "fp16": {"type": "PretrainAmpOptimWrapper", "loss_scale": "dynamic"},
}


class OurTraining:
    """Our training step: normalization, losses, optimizer, teacher.

    Args:
        model: The self-supervisor.
        optim_wrapper: Built for it.
    """

    def __init__(self, model: DINOPretrain, optim_wrapper: Any) -> None:
        self.model = model
        self.optim_wrapper = optim_wrapper

    def step(self, views: list[Tensor], seed: int) -> dict[str, Tensor]:
        """Train on one batch.

        Args:
            views: V tensors (B, 3, H_v, W_v), uint8, as the loader gives them.
            seed: Seed of torch; λ is sampled first.

        Returns:
            Losses and figures for the log.
        """
        torch.manual_seed(seed)
        data = {"inputs": views, "data_samples": None}
        figures = self.model.train_step(data, self.optim_wrapper)
        self.model.update_teacher(MOMENTUM)
        return figures


def build_solider(
    arch: str | Mapping[str, Any],
    prototypes: int,
    *,
    num_parts: int = 3,
    drop_path_rate: float = 0.1,
    with_cp: bool = False,
    device: str = "cpu",
) -> SOLIDER:
    """Our model as the configs build it, at the wanted size.

    After a fresh last norm all tokens have the same norm and no image has a foreground
    (docs/reference.md §P5), so its gain is sampled around 1. About half of the images
    are kept then.

    Args:
        arch: Of the Swin.
        prototypes: K.
        num_parts: N.
        drop_path_rate: Of the student.
        with_cp: Compute the blocks again in the backward pass, to save memory.
        device: Where to.
    """
    cfg = Config.fromfile(CONFIGS / "models/solider_swin.py").model
    cfg.backbone.update(arch=arch, drop_path_rate=drop_path_rate, with_cp=with_cp)
    cfg.neck.out_channels = cfg.head.out_channels = prototypes
    cfg.target_generator.num_parts = cfg.semantic_head.num_parts = num_parts
    width = SwinArch.of(arch).num_features[-1]
    cfg.neck.in_channels = cfg.semantic_head.in_channels = width
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("solider_mm"):
        model: SOLIDER = MODELS.build(cfg)
    last_norm = getattr(model.backbone, f"norm{model.backbone.out_indices[-1]}")
    nn.init.normal_(last_norm.weight, mean=1.0, std=0.3)
    model.teacher["backbone"].load_state_dict(model.backbone.state_dict())
    return model.to(device).train()


def build_dino(arch: str, prototypes: int) -> DINOPretrain:
    """The first stage as the configs build it.

    Args:
        arch: Name of the Swin.
        prototypes: K.
    """
    cfg = Config.fromfile(CONFIGS / "models/dino_swin.py").model
    cfg.backbone.arch = arch
    cfg.neck.out_channels = cfg.head.out_channels = prototypes
    cfg.neck.in_channels = SwinArch.of(arch).num_features[-1]
    with DefaultScope.overwrite_default_scope("solider_mm"):
        model: DINOPretrain = MODELS.build(cfg)
    return model.train()


def build_ours(model: DINOPretrain, dtype: str = "fp32") -> OurTraining:
    """Our step with the recipe's optimizer wrapper.

    Args:
        model: From `build_solider` or `build_dino`.
        dtype: Of `DTYPES`; `fp16` needs a GPU.
    """
    schedule = CONFIGS / "schedules/pretrain_adamw_8xb48-amp-coslr-100e.py"
    cfg = Config.fromfile(schedule).optim_wrapper
    cfg.pop("loss_scale")
    cfg.update(_WRAPPERS[dtype])
    cfg.optimizer.lr *= WARM_UP
    with DefaultScope.overwrite_default_scope("solider_mm"):
        return OurTraining(model, build_optim_wrapper(model, cfg))


def build_literal(
    model: SOLIDER, num_views: int, dtype: str = "fp32", drop_path_rate: float = 0.1
) -> LiteralTraining:
    """The reference's step, with a copy of our model's weights.

    Args:
        model: From `build_solider`.
        num_views: V.
        dtype: Of `DTYPES`; `fp16` needs a GPU.
        drop_path_rate: Of the student.
    """
    arch, width = model.backbone.arch, model.backbone.num_features[-1]
    device = next(model.parameters()).device
    sizes = {key: getattr(arch, key) for key in ("embed_dims", "depths", "num_heads")}
    encoders = []
    for backbone, neck, rate in (
        (model.backbone, model.neck, drop_path_rate),
        (model.teacher["backbone"], model.teacher["neck"], 0.0),
    ):
        swin = LiteralSwin(sizes, rate)
        swin.take(backbone.state_dict())
        head = ProjectionHead(width, model.head.out_channels)
        head.load_state_dict(neck_to_official(neck.state_dict()))
        encoders.append(ViewEncoder(swin, head).to(device))
    student, teacher = encoders
    return LiteralTraining(
        student,
        teacher,
        ProjectionHead(width, PARTS + 1).to(device),
        num_views=num_views,
        lr=7.5e-4 * WARM_UP,
        half=DTYPES[dtype],
    )


def normalized(model: SOLIDER, views: list[Tensor]) -> list[Tensor]:
    """The views as our preprocessor hands them on, which the reference's loader does.

    Args:
        model: From `build_solider`.
        views: V tensors (B, 3, H_v, W_v), uint8.

    Returns:
        V tensors (B, 3, H_v, W_v), float32, on the model's device.
    """
    data = {"inputs": views, "data_samples": None}
    return list(model.data_preprocessor(data, training=True)["inputs"])
